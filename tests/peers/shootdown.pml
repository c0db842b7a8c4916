/* models/bench/shootdown.flush once more, for SPIN: -DN=2..9 CPUs, -DM=1..3 pages, -DD=1..2 entries of a
 * store buffer, -DBUG=0/1/2 (nothing, no_drain_before_ipi, no_drain_after_lazy). */
#include "each.h"
bit lk;
byte pte = (1 << M) - 1;	/* page masks */
byte freed = 0;
byte stale, lazy;		/* CPU masks */
byte mask = (1 << N) - 1;
byte req[N];			/* 0 none 1 to send 2 sent 3 in handler */
#define ME	(1 << _pid)
#define BIT(v)	(1 << (v))
#define REQ(k)	req[k]
/* store buffer entries, 0 empty */
#define LAZY0	1
#define LAZY1	2
#define PTE0(v)	(3 + (v))
#define PTE1(v)	(3 + M + (v))
#define DATA(v)	(3 + 2 * M + (v))
#if D == 1
#define EMPTY	(s0 == 0)
#define FULL	(s0 != 0)
#define PUSH(e)	s0 = e
#define POP	s0 = 0
#else
#define EMPTY	(s0 == 0)
#define FULL	(s1 != 0)
#define PUSH(e)	if :: s0 == 0 -> s0 = e :: else -> s1 = e fi
#define POP	s0 = s1; s1 = 0
#endif
#if M == 1
#define PAGES(F) F(0)
#elif M == 2
#define PAGES(F) F(0) F(1)
#else
#define PAGES(F) F(0) F(1) F(2)
#endif

#define WALK(v)  :: d_step { (tlb & BIT(v)) == 0 && (pte & BIT(v)) != 0 -> tlb = tlb | BIT(v) }
#define DRAIN :: d_step { s0 != 0 -> \
	if \
	:: s0 == LAZY0 -> lazy = lazy & ~ME \
	:: s0 == LAZY1 -> lazy = lazy | ME \
	:: s0 >= 3 && s0 < 3 + M -> pte = pte & ~BIT(s0 - 3) \
	:: s0 >= 3 + M && s0 < 3 + 2 * M -> pte = pte | BIT(s0 - 3 - M) \
	:: else -> assert((freed & BIT(s0 - 3 - 2 * M)) == 0) \
	fi; POP }
#define HW	PAGES(WALK) DRAIN
#define HANDLER(hw) :: d_step { req[_pid] == 2 && EMPTY -> tlb = 0; stale = stale & ~ME; req[_pid] = 3 }; \
	do :: d_step { req[_pid] = 0 }; break hw od
#define ANY	HW HANDLER(HW)
#define NOWALK	DRAIN HANDLER(DRAIN)

#define LOAD(v)   :: d_step { (tlb & BIT(v)) != 0 -> assert((freed & BIT(v)) == 0) }
#define STORE(v)  :: d_step { (tlb & BIT(v)) != 0 && !FULL -> PUSH(DATA(v)) }
#define MUNMAP(v) :: d_step { (pte & BIT(v)) != 0 -> arg = v }; goto munmap
#define MMAP(v)   :: d_step { (pte & BIT(v)) == 0 -> arg = v }; goto mmap
#define ARM(k)    if :: k != _pid -> stale = stale | BIT(k); req[k] = 1 :: else fi;
#define SEND(k)   :: d_step { req[k] == 1 -> if :: (mask & BIT(k)) != 0 && (lazy & BIT(k)) == 0 -> req[k] = 2 :: else -> req[k] = 0 fi }

active [N] proctype Cpu()
{
	byte tlb;
	byte arg;
	byte s0;
#if D == 2
	byte s1;
#endif

user:	do
	PAGES(LOAD) PAGES(STORE) PAGES(MUNMAP) PAGES(MMAP)
	:: d_step { !FULL -> PUSH(LAZY1) }; goto lazytlb
	ANY
	od;
munmap:	do :: d_step { lk == 0 && EMPTY -> lk = 1 }; break ANY od;
	do						/* CLR */
	:: d_step { (pte & BIT(arg)) != 0 -> PUSH(PTE0(arg)) }; break
	:: (pte & BIT(arg)) == 0 -> goto unl
	ANY
	od;
	do						/* GEN */
#if BUG == 1
	:: d_step { EACH(ARM) tlb = tlb & ~BIT(arg) }; break
#else
	:: d_step { EMPTY -> EACH(ARM) tlb = tlb & ~BIT(arg) }; break
#endif
	ANY
	od;
	do EACH(SEND) :: NONE(REQ) -> break ANY od;	/* SEND and wait */
	do :: d_step { freed = freed | BIT(arg) }; break ANY od;
unl:	do :: d_step { EMPTY -> lk = 0; arg = 0 }; goto user ANY od;
mmap:	do :: d_step { lk == 0 && EMPTY -> lk = 1 }; break ANY od;
	do						/* SETP */
	:: d_step { (pte & BIT(arg)) == 0 -> freed = freed & ~BIT(arg); PUSH(PTE1(arg)) }; goto unl
	:: (pte & BIT(arg)) != 0 -> goto unl
	ANY
	od;
lazytlb: do
	:: d_step { !FULL -> PUSH(LAZY0) }; break
	:: d_step { EMPTY -> mask = mask & ~ME; lazy = lazy & ~ME; tlb = 0 }; goto out
	ANY
	od;
	do						/* UNLZ, IRQs off */
#if BUG == 2
	:: d_step { if :: (stale & ME) != 0 -> tlb = 0; stale = stale & ~ME :: else fi }; goto user
#else
	:: d_step { EMPTY -> if :: (stale & ME) != 0 -> tlb = 0; stale = stale & ~ME :: else fi }; goto user
#endif
	HW
	od;
out:	do :: d_step { mask = mask | ME }; break NOWALK od;
	do :: d_step { stale = stale & ~ME }; goto user DRAIN od	/* INN, IRQs off */
}
