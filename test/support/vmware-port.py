"""Runs a program as VMware's hypervisor runs a guest's: `in` from port 0x5658, which faults here, is answered as its message
channel answers (guest_msg_def.h of open-vm-tools), and nothing that the protocol does not allow is.

stdin: JSON of {program, words, variables, interrupted, silent, longest}; stdout: JSON of {status, stdout, variables, open, refused}.
"""
import ctypes, json, os, random, signal, sys

FIELDS = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs"


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in FIELDS.split()]


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long
TRACEME, PEEKTEXT, CONT, GETREGS, SETREGS = 0, 1, 7, 12, 13
MAGIC, PORT, MESSAGE, RPCI, COOKIE = 0x564D5868, 0x5658, 30, 0x49435052, 0x80000000
SUCCESS, HAS_ANSWER, INTERRUPTED, HIGH_BANDWIDTH = 1, 2, 16, 128


class Hypervisor:
    def __init__(self, asked):
        self.variables = dict(asked["variables"])
        self.interrupted = asked.get("interrupted", 0)
        self.silent = asked.get("silent", False)
        self.longest = asked.get("longest")
        self.channels, self.refused = {}, []

    def answer(self, question):
        word, _, rest = question.partition(" ")
        if word == "info-get":
            return "1 " + self.variables[rest] if rest in self.variables else "0 No value found"
        if word == "info-set":
            name, _, value = rest.partition(" ")
            self.variables[name] = value
            return "1 "
        return "0 Unknown command"

    def step(self, registers):
        a, b, c, d = (getattr(registers, name) & 0xFFFFFFFF for name in ("rax", "rbx", "rcx", "rdx"))
        if (a, c & 0xFFFF, d & 0xFFFF) != (MAGIC, MESSAGE, PORT):
            raise SystemExit("not a call of the message channel: %x %x %x" % (a, c, d))
        if self.silent:
            return
        kind, number = c >> 16, d >> 16
        status, b, d = self.message(kind, number, b, (registers.rsi & 0xFFFFFFFF, registers.rdi & 0xFFFFFFFF), registers)
        if not status & SUCCESS:
            self.refused.append(kind)
        registers.rcx, registers.rbx, registers.rdx = status << 16 | c & 0xFFFF, b, d << 16 | PORT

    def message(self, kind, number, value, cookie, registers):
        if kind == 0:
            if value != RPCI | COOKIE:
                return 0, value, number
            number = len(self.channels) + 1
            cookie = (random.getrandbits(32), random.getrandbits(32))
            self.channels[number] = {"cookie": cookie, "wanted": "size"}
            registers.rsi, registers.rdi = cookie
            return SUCCESS, value, number
        channel = self.channels.get(number)
        if channel is None or channel["cookie"] != cookie:
            return 0, value, number
        if kind == 6:
            del self.channels[number]
            return SUCCESS, value, number
        if kind == 4 and self.interrupted:
            self.interrupted -= 1
            return INTERRUPTED, value, number
        wanted = channel["wanted"]
        if kind == 1 and wanted == "size":
            channel.update(wanted="data", size=value, data=b"")
            return SUCCESS | HIGH_BANDWIDTH, value, number
        if kind == 2 and wanted == "data":
            channel["data"] += value.to_bytes(4, "little")
            if len(channel["data"]) >= channel["size"]:
                answer = self.answer(channel["data"][: channel["size"]].decode("latin1")).encode("latin1")
                channel.update(wanted="ask", answer=answer)
            return SUCCESS, value, number
        if kind == 3 and wanted == "ask":
            channel["wanted"] = "take"
            size = len(channel["answer"]) if self.longest is None else self.longest
            return SUCCESS | HAS_ANSWER | HIGH_BANDWIDTH, size, 1
        if kind == 4 and wanted == "take" and value == SUCCESS and channel["answer"]:
            word, channel["answer"] = channel["answer"][:4], channel["answer"][4:]
            return SUCCESS, int.from_bytes(word, "little"), 2
        if kind == 5 and wanted == "take" and value == SUCCESS and not channel["answer"]:
            channel["wanted"] = "size"
            return SUCCESS, value, number
        return 0, value, number


def main():
    asked = json.load(sys.stdin)
    hypervisor = Hypervisor(asked)
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.dup2(writer, 1)
        libc.ptrace(TRACEME, 0, None, None)
        os.execv(asked["program"], [asked["program"], *asked["words"]])
    os.close(writer)
    registers = Registers()
    while True:
        _, ended = os.waitpid(process, 0)
        if not os.WIFSTOPPED(ended):
            break
        told = os.WSTOPSIG(ended)
        if told == signal.SIGTRAP:
            told = 0
        elif told == signal.SIGSEGV:
            libc.ptrace(GETREGS, process, None, ctypes.addressof(registers))
            if libc.ptrace(PEEKTEXT, process, ctypes.c_void_p(registers.rip), None) & 0xFF == 0xED:
                hypervisor.step(registers)
                registers.rip += 1
                libc.ptrace(SETREGS, process, None, ctypes.addressof(registers))
                told = 0
        libc.ptrace(CONT, process, None, ctypes.c_void_p(told))
    with os.fdopen(reader, "rb") as out:
        stdout = out.read().decode("latin1")
    status = os.WEXITSTATUS(ended) if os.WIFEXITED(ended) else -os.WTERMSIG(ended)
    open_channels = len(hypervisor.channels)
    print(json.dumps({"status": status, "stdout": stdout, "variables": hypervisor.variables,
                      "open": open_channels, "refused": hypervisor.refused}))


main()
