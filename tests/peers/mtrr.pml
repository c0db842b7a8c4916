/* models/bench/mtrr.flush once more, for SPIN: -DN=2..9, -DBUG=0/1 (no memory for the call records). */
#include "each.h"
bit mtx, gate;
byte count;
bit todo[N];
byte csd[N];		/* 0 free 1 queued 2 in handler */
#define TODO(k)  todo[k]
#define CSD(k)   csd[k]
#define MARK(k)  if :: k != _pid -> todo[k] = 1 :: else fi;
#define IRQ :: d_step { csd[_pid] == 1 -> csd[_pid] = 2 }; \
	d_step { count = count - 1 }; \
	d_step { gate -> count = count - 1 }; \
	d_step { !gate -> count = count - 1 }; \
	d_step { csd[_pid] = 0 }
#define SENDOK(k) :: d_step { todo[k] && csd[k] == 0 -> todo[k] = 0; csd[k] = 1 }
#define SENDF(k)  :: d_step { todo[k] && NONE(CSD) -> todo[k] = 0; csd[k] = 1 }

active [N] proctype Cpu()
{
idle:	do :: goto want IRQ od;
want:	do
	:: d_step { !mtx -> mtx = 1; count = N - 1; EACH(MARK) skip }; break
#if BUG
	:: d_step { !mtx -> mtx = 1; count = N - 1; EACH(MARK) skip }; goto sendf
#endif
	IRQ
	od;
	do EACH(SENDOK) :: NONE(TODO) -> break IRQ od;
w1:	do :: d_step { count == 0 -> count = N - 1 }; break od;
	gate = 1;
	do :: d_step { count == 0 -> count = N - 1 }; break od;
	gate = 0;
	do :: d_step { count == 0 -> mtx = 0 }; break od;
	goto idle;
#if BUG
sendf:	do EACH(SENDF) :: NONE(TODO) && NONE(CSD) -> goto w1 IRQ od
#endif
}
