"""Messages as senders write them, and the parts that Python's email package finds in them, as cloud-init sorts these.

stdin: {"count": NUMBER, "seed": NUMBER}; stdout: [{"message": base64, "parts": [[KIND, base64], ...]}, ...]
"""
import base64
import email
import json
import quopri
import random
import sys

CONFIG, SCRIPT, HOOK = "#cloud-config\nruncmd:\n  - echo x=1 \n", "#!/bin/sh\necho 'a: b' =3D\n\nexit 0\n", "#cloud-boothook\necho hook\n"
TYPES = {"text/cloud-config": CONFIG, "text/x-shellscript": SCRIPT, "text/cloud-boothook": HOOK, "text/plain": None}
KINDS = [("#!", "script"), ("#cloud-config", "config"), ("#cloud-boothook", "boothook")]


def encoded(chance, text):
    encoding = chance.choice(["7bit", "8bit", "base64", "BASE64", "quoted-printable", None])
    if encoding and encoding.lower() == "base64":
        return encoding, base64.encodebytes(text.encode()).decode()
    if encoding == "quoted-printable":
        return encoding, quopri.encodestring(text.encode()).decode()
    return encoding, text


def head(chance, type_words, encoding):
    lines = ["Content-Type: " + type_words]
    if encoding:
        lines.append(chance.choice(["Content-Transfer-Encoding: ", "content-transfer-encoding:"]) + encoding)
    lines += chance.sample(
        ["MIME-Version: 1.0", 'Content-Disposition: attachment; filename="x; boundary=no"', "Content-ID: <1@x.local>", "X-Long: a\n b\n\tc"],
        chance.randrange(4),
    )
    chance.shuffle(lines)
    return "\n".join(lines)


def part(chance, depth, outer):
    if depth and chance.random() < 0.2:
        return multipart(chance, depth - 1, outer + chance.choice(["1", "x", ""]) + "in")
    name = chance.choice(list(TYPES))
    text = TYPES[name] or chance.choice([CONFIG, SCRIPT, HOOK])
    encoding, body = encoded(chance, text)
    words = name + chance.choice(["", '; charset="utf-8"', "; charset=us-ascii; name=a", ';\n name="x"'])
    if encoding is None and body == CONFIG and chance.random() < 0.5:
        return head(chance, words, encoding) + "\n" + body  # without a blank line
    return head(chance, words, encoding) + "\n\n" + body


def multipart(chance, depth, boundary):
    quoted = chance.choice(['"%s"', '"%s"', '"%s "', "%s"]) % boundary if all(c not in " ;=()" for c in boundary) else f'"{boundary}"'
    words = "multipart/mixed; " + chance.choice(["boundary=%s", "BOUNDARY=%s", 'charset="x"; boundary=%s', 'boundary = %s; type="y"', "\n boundary=%s"]) % quoted
    text = head(chance, words, chance.choice([None, "7bit"])) + "\n\n" + chance.choice(["", "a preamble\n", "\n"])
    for _ in range(1 + chance.randrange(3)):
        text += "--" + boundary + chance.choice(["", "", " "]) + "\n" + part(chance, depth, boundary).rstrip("\n") + "\n" + chance.choice(["", "\n"])
    return text + chance.choice(["--" + boundary + "--\n", "--" + boundary + "--", "--" + boundary + "--\nan epilogue\n", ""])


def message(chance):
    if chance.random() < 0.25:
        text = part(chance, 0, "b")
    else:
        text = multipart(chance, 2, chance.choice(["b", "===1==", "=_?:()+,-./", "a b", "Boundary_E3", "-" * 20]))
    if "mime-version" not in text.split("\n\n")[0].lower():
        text = "MIME-Version: 1.0\n" + text
    return (text.replace("\n", "\r\n") if chance.random() < 0.3 else text).encode()


def parts(raw):
    for found in email.message_from_bytes(raw).walk():
        if found.is_multipart() or found.get_content_maintype() == "multipart":
            continue
        payload = found.get_payload(decode=True)
        text = payload.decode().lower().lstrip()
        kind = next((kind for start, kind in KINDS if text.startswith(start)), None)
        yield [kind, base64.b64encode(payload.replace(b"\r\n", b"\n").rstrip(b"\n")).decode()]


asked = json.load(sys.stdin)
chance = random.Random(asked["seed"])
messages = [message(chance) for _ in range(asked["count"])]
json.dump([{"message": base64.b64encode(raw).decode(), "parts": list(parts(raw))} for raw in messages], sys.stdout)
