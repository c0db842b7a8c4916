/* models/bench/icache.flush once more, for SPIN: -DN=2..4, -DBUG=0/1 (the page is mapped too early). */
bool mapped, dirty, pou, locked;
bool wanted[N], handling[N];
byte acks;			/* invalidations that are not acknowledged: repeats `wanted` */
byte line[N];			/* 0 absent, 1 stale, 2 fresh */

#define FREE	(!handling[_pid])

active [N] proctype user()
{
	byte c;
	do
	:: d_step { FREE && mapped -> if :: line[_pid] == 0 -> line[_pid] = 1 + pou :: else fi;
		assert(line[_pid] == 2) }
	:: FREE && !mapped ->
		d_step { FREE && !locked -> locked = true };
		if
		:: FREE && mapped
		:: FREE && !mapped ->
			d_step { FREE -> pou = false; dirty = false };
			d_step { FREE -> dirty = true };
#if BUG
			d_step { FREE -> mapped = true };
#endif
			d_step { FREE -> if :: dirty -> pou = true; dirty = false :: else fi };
			d_step { FREE -> c = 0; do :: c < N -> wanted[c] = (c != _pid); c++ :: else -> break od;
				c = 0; acks = N - 1; line[_pid] = 0 };
			FREE && acks == 0;
#if !BUG
			d_step { FREE -> mapped = true };
#endif
		fi;
		d_step { FREE -> locked = false }
	od
}

#define HARDWARE(c) \
	:: d_step { c < N && line[c % N] == 0 -> line[c % N] = 1 + pou } \
	:: d_step { c < N && line[c % N] != 0 -> line[c % N] = 0 } \
	:: d_step { c < N && wanted[c % N] && !handling[c % N] -> handling[c % N] = true; line[c % N] = 0 } \
	:: d_step { c < N && handling[c % N] -> handling[c % N] = false; wanted[c % N] = false; acks-- }

active proctype machine()
{
	do
	:: d_step { dirty -> pou = true; dirty = false }
	HARDWARE(0) HARDWARE(1) HARDWARE(2) HARDWARE(3)
	od
}
