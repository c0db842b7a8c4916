/* What SPIN has no words for: a choice or a condition over all N CPUs, written out for N = 2..9.
 * EACH(F) lists F(0) F(1) ..., NONE(F) says that each F(k) is 0. */
#if N == 2
#define EACH(F) F(0) F(1)
#define NONE(F) (F(0) + F(1) == 0)
#elif N == 3
#define EACH(F) F(0) F(1) F(2)
#define NONE(F) (F(0) + F(1) + F(2) == 0)
#elif N == 4
#define EACH(F) F(0) F(1) F(2) F(3)
#define NONE(F) (F(0) + F(1) + F(2) + F(3) == 0)
#elif N == 5
#define EACH(F) F(0) F(1) F(2) F(3) F(4)
#define NONE(F) (F(0) + F(1) + F(2) + F(3) + F(4) == 0)
#elif N == 6
#define EACH(F) F(0) F(1) F(2) F(3) F(4) F(5)
#define NONE(F) (F(0) + F(1) + F(2) + F(3) + F(4) + F(5) == 0)
#elif N == 7
#define EACH(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6)
#define NONE(F) (F(0) + F(1) + F(2) + F(3) + F(4) + F(5) + F(6) == 0)
#elif N == 8
#define EACH(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)
#define NONE(F) (F(0) + F(1) + F(2) + F(3) + F(4) + F(5) + F(6) + F(7) == 0)
#elif N == 9
#define EACH(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8)
#define NONE(F) (F(0) + F(1) + F(2) + F(3) + F(4) + F(5) + F(6) + F(7) + F(8) == 0)
#else
#error "N is 2..9"
#endif
