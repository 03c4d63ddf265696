"""The host's end of SmartOS' second serial port, as a terminal whose name is the first line of stdout: version 2 of the metadata's
protocol and nothing else. stdin: JSON of {values, faults}: each fault is how one answer is spoilt (length, checksum, number,
silence), first come first served. What was asked is told on stdout, a line each.
"""
import base64, binascii, json, os, select, sys, tty

asked = json.loads(sys.stdin.readline())
values, faults = asked["values"], asked.get("faults", [])
host, guest = os.openpty()
tty.setraw(host)
print(os.ttyname(guest), flush=True)


def frame(body, fault):
    text = body.encode()
    length, sum_ = len(text), binascii.crc32(text)
    if fault == "length":
        length += 1
    if fault == "checksum":
        sum_ ^= 1
    return "V2 %d %08x %s" % (length, sum_, body)


def answer(line):
    word = line.split(" ")
    if not negotiated or len(word) != 6 or word[0] != "V2":
        return "invalid command"
    body = " ".join(word[3:])
    if int(word[1]) != len(body) or "%08x" % binascii.crc32(body.encode()) != word[2] or word[4] != "GET":
        return "invalid command"
    key = base64.b64decode(word[5], validate=True).decode()
    print(key, flush=True)
    fault = faults.pop(0) if faults else None
    if fault == "silence":
        return None
    number = "%08x" % (int(word[3], 16) ^ 1) if fault == "number" else word[3]
    if key not in values:
        return frame(number + " NOTFOUND", fault)
    return frame("%s SUCCESS %s" % (number, base64.b64encode(values[key].encode()).decode()), fault)


negotiated = False
heard = b""
# What a guest before this one has left unread.
os.write(host, b"V2 21 265ae1d8 dc4fae17 SUCC")
while True:
    heard += os.read(host, 65536)
    while b"\n" in heard:
        line, _, heard = heard.partition(b"\n")
        line = line.decode()
        if line == "NEGOTIATE V2":
            negotiated = True
            said = "V2_OK"
        else:
            said = answer(line)
        if said is not None:
            rest = (said + "\n").encode()
            while rest:
                rest = rest[os.write(host, rest):]
