import {StringDecoder} from 'node:string_decoder';

/** Gives what a stream says as UTF-8 text; a character that comes in two pieces is given with its second one. */
export function onText(stream: NodeJS.ReadableStream, take: (text: string) => void): void {
  const decoder = new StringDecoder('utf8');
  stream.on('data', (bytes: Buffer) => take(decoder.write(bytes)));
}
