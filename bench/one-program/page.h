/* What every form of the program says and serves. */
#define HELLO "one-program: hello\n"
#define PAGE "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nhello\n"
