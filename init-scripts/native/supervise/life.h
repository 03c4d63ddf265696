/* The life of the program: how it starts, is ended, and what follows its end; and the letters that ask for it. */
#include "group.h"

/* run PROGRAM: the process of a program, in a session of its own */
static long run(char **words)
{
	u64 none = 0;
	long child = fork_process(SIGCHLD);
	if (child)
		return child;
	call(SYS_setsid, 0, 0, 0);
	call5(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, sizeof(none), 0);
	call(SYS_dup3, null, 0, 0);
	call(SYS_dup3, output[1], 1, 0);
	call(SYS_dup3, output[1], 2, 0);
	write_group("/cgroup.procs", "0");
	call(SYS_execve, (long)words[0], (long)words, (long)environment);
	used = 0;
	add("error: cannot start ");
	add(words[0]);
	line[used++] = '\n';
	call(SYS_write, 2, (long)line, used);
	leave(127);
	return 0;
}

static void start(void)
{
	killed = count_killed();
	process = run(program);
	begun = now;
	begun_second = second;
	has_deadline = 0;
	has_forked = 0;
	if (process < 0)
		process = 0;
	else
		starts++;
	if (starts > 1 && process && !*word[TIMER]) {
		begin_line("info: ");
		add(" is started again");
		say();
	}
	become(process ? "running" : STOPPED);
}

static void set_deadline(u32 milliseconds)
{
	deadline = now + milliseconds;
	has_deadline = 1;
}

/* stop: asks the process to end; it has as long as patience says */
static void stop(void)
{
	char *halt[] = { word[HALT], word[NAME], 0 };
	if (!process)
		return;
	if (!*word[HALT] || run(halt) < 0)
		call(SYS_kill, process, SIGTERM, 0);
	set_deadline(count[PATIENCE]);
	become("stopping");
}

/* end_rest: what the process started and left behind */
static void end_rest(void)
{
	call(SYS_kill, -process, SIGKILL, 0);
	write_group("/cgroup.kill", "1");
}

static void give_up(void)
{
	long notes;
	begin_line("error: ");
	add(" ");
	add_end();
	add(", ");
	add_number(failures);
	add(" times in a row: it is given up until somebody starts it");
	notes = *word[NOTES] ? open_for(word[NOTES], O_WRONLY | O_CREAT | O_APPEND, ROOT_ONLY) : -1;
	if (notes >= 0) {
		line[used] = '\n';
		call(SYS_write, notes, (long)line, used + 1);
		call(SYS_close, notes, 0, 0);
	}
	say();
	become("given-up");
}

static void wait_to_start(void)
{
	set_deadline(pause);
	begin_line("warning: ");
	add(" ");
	add_end();
	add(": started again in ");
	add_number((pause + 999) / 1000);
	add(" s");
	say();
	pause = pause >= count[LONGEST] >> 1 ? count[LONGEST] : pause * 2;
	become("waiting");
}

static void forget_failures(void)
{
	failures = 0;
	pause = count[DELAY];
}

/* has_ended: what follows the end of the process: a wish of `control`, else what the words say */
static void has_ended(void)
{
	char *end[] = { word[END], 0 };
	char letter = wish;
	if (last == 0 && *word[FORKS] && !has_forked && !letter && (process = left_behind())) {
		has_forked = 1;
		write_status();
		return;
	}
	is_out_of_memory = count_killed() != killed;
	end_rest();
	process = 0;
	has_deadline = 0;
	wish = 0;
	if (letter == 'r' || letter == 'u') {
		start();
	} else if (letter) {
		become(STOPPED);
		if (letter == 'x')
			leave(0);
	} else if (*word[TIMER]) {
		if (last) {
			begin_line("warning: ");
			add(" ");
			add_end();
			say();
		}
		become("scheduled");
	} else if (last == 0 && *word[END]) {
		become("ended");
		begin_line("info: ");
		add(" ended with status 0: ");
		add(word[END]);
		say();
		run(end);
	} else {
		if (now - begun >= count[STEADY])
			forget_failures();
		failures++;
		if (failures >= count[TRIES])
			give_up();
		else
			wait_to_start();
	}
}

/* The time of a timer: never two at once, and never what somebody has ended */
static void be_due(void)
{
	if (process) {
		begin_line("info: ");
		add(" still runs: a time is passed over");
		say();
	} else if (state != STOPPED) {
		start();
	}
}

static void obey(char letter)
{
	if (letter == 't')
		be_due();
	if (wish == 'x' || (letter != 'u' && letter != 'd' && letter != 'r' && letter != 'x'))
		return;
	forget_failures();
	if (process) {
		wish = letter == 'u' && !wish ? 0 : letter;
		if (letter != 'u')
			stop();
	} else {
		has_deadline = 0;
		if (letter == 'u' || letter == 'r')
			start();
		else
			become(STOPPED);
		if (letter == 'x')
			leave(0);
	}
}
