# The first instructions of a payload in 32 bits: a stack, and what the loader has left in EAX and EBX.
  .section .text.start, "ax"
  .code32
  .globl start
start:
  cld
  movl $stack_end, %esp
  pushl %ebx
  pushl %eax
  call main
1: hlt
  jmp 1b

  .section .bss
  .align 16
stack:
  .skip 16384
stack_end:

  .section .note.GNU-stack, "", @progbits
