/* models/bench/ipilock.flush once more, for SPIN: -DN=2..9, -DBUG=0/1 (a waiter with interrupts masked). */
#include "each.h"
bit lk;
byte csd[N * N];	/* [sender * N + target]: 0 free 1 to send 2 queued 3 in handler */

#define TO(k)    csd[_pid * N + k]
#define FROM(i)  csd[i * N + _pid]
#define Q2(i)    (FROM(i) == 2)
#define TAKE(i)  if :: FROM(i) == 2 -> FROM(i) = 3 :: else fi;
#define GIVE(i)  if :: FROM(i) == 3 -> FROM(i) = 0 :: else fi;
#define WANT1(k) if :: k != _pid -> TO(k) = 1 :: else fi;
#define SEND(k)  :: d_step { TO(k) == 1 -> TO(k) = 2 }

#define IRQ :: d_step { !NONE(Q2) -> EACH(TAKE) skip }; d_step { EACH(GIVE) skip }

active [N] proctype Cpu()
{
idle:	do
	:: goto spin
#if BUG
	:: goto spinx
#endif
	IRQ
	od;
spin:	do
	:: d_step { lk == 0 -> lk = 1; EACH(WANT1) skip }; break
	IRQ
	od;
	do
	EACH(SEND)
	:: NONE(TO) -> break
	IRQ
	od;
	do :: d_step { lk = 0 }; goto idle IRQ od;
#if BUG
spinx:	do :: d_step { lk == 0 -> lk = 1 }; break od;
	lk = 0;
	goto idle
#endif
}
