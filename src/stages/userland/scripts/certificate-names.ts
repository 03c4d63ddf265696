/** A value of DER (ITU-T X.690): its tag, what it holds, and all of its bytes. */
interface Value {
  readonly tag: number;
  readonly content: Buffer;
  readonly whole: Buffer;
}

const [SEQUENCE, SET, UTF8_STRING, VERSION] = [0x30, 0x31, 0x0c, 0xa0];

/** The values that follow one another in some bytes. */
function valuesIn(bytes: Buffer): Value[] {
  const values: Value[] = [];
  for (let at = 0; at < bytes.length;) {
    const start = at;
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const more = first < 0x80 ? 0 : first & 0x7f;
    const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
    at += 2 + more + length;
    values.push({tag, content: bytes.subarray(at - length, at), whole: bytes.subarray(start, at)});
  }
  return values;
}

/** The subject of a certificate, as its bytes (RFC 5280, 4.1). */
export function subjectOf(certificate: Buffer): Buffer {
  const [outer] = valuesIn(certificate);
  const [inner] = valuesIn(outer?.content ?? Buffer.alloc(0));
  const fields = valuesIn(inner?.content ?? Buffer.alloc(0)).filter(({tag}) => tag !== VERSION);
  return fields[4]?.whole ?? Buffer.alloc(0); // serial number, algorithm, issuer, validity, subject
}

/** Strings that OpenSSL makes one kind of (ASN1_MASK_CANON of crypto/x509/x_name.c): how each is read. */
const STRINGS: Readonly<Record<number, BufferEncoding | 'utf16be'>> = {
  0x0c: 'utf8',
  0x13: 'latin1',
  0x14: 'latin1',
  0x16: 'latin1',
  0x1a: 'latin1',
  0x1e: 'utf16be',
};

/** A name as OpenSSL compares it (x509_name_canon): small letters, single spaces, UTF-8; without the outer sequence. */
export function canonicalName(name: Buffer): Buffer {
  const [outer] = valuesIn(name);
  const sets = valuesIn(outer?.content ?? Buffer.alloc(0)).map(({content}) => {
    const attributes = valuesIn(content).map(({content: attribute}) => {
      const [type, value] = valuesIn(attribute);
      if (type === undefined || value === undefined) return Buffer.alloc(0);
      return encoded(SEQUENCE, Buffer.concat([type.whole, canonicalValue(value)]));
    });
    return encoded(SET, Buffer.concat(attributes));
  });
  return Buffer.concat(sets);
}

function canonicalValue({tag, content, whole}: Value): Buffer {
  const encoding = STRINGS[tag];
  if (encoding === undefined) return whole;
  const text =
    encoding === 'utf16be' ? Buffer.from(content).swap16().toString('utf16le') : content.toString(encoding);
  const plain = text
    .trim()
    .replaceAll(/[\t\n\v\f\r ]+/g, ' ')
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return encoded(UTF8_STRING, Buffer.from(plain));
}

function encoded(tag: number, content: Buffer): Buffer {
  const {length} = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
