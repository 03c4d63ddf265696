import {sha256} from '../core/canonical.ts';

/** A range of blocks, both ends in it, and the sha256 of what is there. */
export interface BmapRange {
  readonly first: number;
  readonly last: number;
  readonly sha256: string;
}

export const BMAP_BLOCK_BYTES = 4096;
const NOT_YET = '0'.repeat(64);

/** The text of a block map, version 2.0 of bmaptool: which blocks of an image of `bytes` have to be written. */
export function formatBmap(bytes: number, ranges: readonly BmapRange[]): string {
  const mapped = ranges.reduce((sum, {first, last}) => sum + last - first + 1, 0);
  const text = `<?xml version="1.0" ?>
<bmap version="2.0">
    <ImageSize> ${bytes} </ImageSize>
    <BlockSize> ${BMAP_BLOCK_BYTES} </BlockSize>
    <BlocksCount> ${Math.ceil(bytes / BMAP_BLOCK_BYTES)} </BlocksCount>
    <MappedBlocksCount> ${mapped} </MappedBlocksCount>
    <ChecksumType> sha256 </ChecksumType>
    <BmapFileChecksum> ${NOT_YET} </BmapFileChecksum>
    <BlockMap>
${ranges.map(({first, last, sha256: digest}) => `        <Range chksum="${digest}"> ${first === last ? first : `${first}-${last}`} </Range>\n`).join('')}    </BlockMap>
</bmap>
`;
  return text.replace(NOT_YET, sha256(text)); // of the text with zeros in its place
}
