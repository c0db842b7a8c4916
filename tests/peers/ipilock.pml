/* models/bench/ipilock.flush once more, for SPIN: -DN=2..4, -DBUG=0/1 (a waiter with interrupts masked).
 * `waiting` and `unfinished` repeat what `call` says, so that no guard needs a quantifier. */
#define ALL ((1 << N) - 1)

bool locked;
bool handling[N], masked[N];
byte call[N * N];		/* [sender * N + target]: 0 idle, 1 queued, 2 running */
byte waiting[N];		/* calls queued for a CPU */
byte unfinished[N];			/* calls of a sender that are not idle */

#define SEND(k) \
	:: d_step { k < N && !handling[_pid] && (todo & (1 << k)) -> \
		todo = todo & ~(1 << k); call[_pid * N + k % N] = 1; waiting[k % N]++; unfinished[_pid]++ }

active [N] proctype user()
{
	byte todo;		/* still to be called */
idle:
	if
	:: !handling[_pid]
#if BUG
	:: d_step { !handling[_pid] -> masked[_pid] = true }; goto careless
#endif
	fi;
	if :: d_step { !handling[_pid] && !locked -> locked = true; todo = ALL & ~(1 << _pid) } fi;
	do
	SEND(0) SEND(1) SEND(2) SEND(3)
	:: !handling[_pid] && todo == 0 && unfinished[_pid] == 0 -> break
	od;
	if :: d_step { !handling[_pid] -> locked = false } fi;
	goto idle;
#if BUG
careless:
	if :: d_step { !locked -> locked = true } fi;
	d_step { locked = false; masked[_pid] = false };
	goto idle
#endif
}

#define HANDLER(c) \
	:: d_step { c < N && !handling[c % N] && !masked[c % N] && waiting[c % N] > 0 -> \
		handling[c % N] = true; waiting[c % N] = 0; s = 0; \
		do \
		:: s < N -> if :: call[s * N + c % N] == 1 -> call[s * N + c % N] = 2 :: else fi; s++ \
		:: else -> break \
		od; s = 0 } \
	:: d_step { c < N && handling[c % N] -> \
		handling[c % N] = false; s = 0; \
		do \
		:: s < N -> if :: call[s * N + c % N] == 2 -> call[s * N + c % N] = 0; unfinished[s]-- :: else fi; s++ \
		:: else -> break \
		od; s = 0 }

active proctype handlers()
{
	byte s;
	do
	HANDLER(0) HANDLER(1) HANDLER(2) HANDLER(3)
	od
}
