/* models/bench/icache.flush once more, for SPIN: -DN=2..9, -DBUG=0/1 (the page is mapped too early).
 * Where the CPU stands, in the handler or not, is its place in the text, as in the model. */
#define ME    (1 << _pid)
#define ALL   ((1 << N) - 1)

bit pte, dirty, pou, lk;
byte ipi;			/* mask: invalidation requested, not yet acked */

/* hardware: possible at every control state */
#define HW \
	:: d_step { ic == 0 -> ic = 1 + pou } \
	:: d_step { ic != 0 -> ic = 0 }
#define IRQ :: d_step { (ipi & ME) != 0 -> ic = 0 }; \
	do :: d_step { ipi = ipi & ~ME }; break HW od
#define ANY HW IRQ

active [N] proctype Cpu()
{
	unsigned ic : 2;	/* 0 no line, 1 stale line, 2 new code */

user:	do
	:: d_step { pte -> if :: ic == 0 -> ic = 1 + pou :: else fi; assert(ic == 2) }
	:: !pte -> break
	ANY
	od;
	do :: d_step { lk == 0 -> lk = 1 }; break ANY od;		/* FAULT */
	do :: pte -> goto unlock :: !pte -> break ANY od;		/* CHECK */
	do :: d_step { pou = 0; dirty = 0 }; break ANY od;		/* ALLOC */
	do :: d_step { dirty = 1 }; break ANY od;			/* WRITE */
#if BUG
	do :: d_step { pte = 1 }; break ANY od;				/* PUBLISH too early */
#endif
	do :: d_step { if :: dirty -> pou = 1; dirty = 0 :: else fi }; break ANY od;	/* CLEAN */
	do :: d_step { ipi = ipi | (ALL & ~ME); ic = 0 }; break ANY od;	/* INVAL */
	do :: ipi == 0 -> break ANY od;					/* WAITACK */
#if !BUG
	do :: d_step { pte = 1 }; break ANY od;				/* PUBLISH */
#endif
unlock:	do :: d_step { lk = 0 }; break ANY od;
	goto user
}

active proctype Writeback()
{
	do :: d_step { dirty -> pou = 1; dirty = 0 } od
}
