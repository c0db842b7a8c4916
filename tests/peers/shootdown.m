-- models/bench/shootdown.flush once more, for Rumur. @N@ CPUs, @M@ pages, @D@ entries of a store buffer
-- and @BUG@ (0, 1, 2: nothing, no_drain_before_ipi, no_drain_after_lazy) are filled in.
const N: @N@;
const M: @M@;
const D: @D@;
const BUG: @BUG@;
type CPU: 0..N-1;
type PAGE: 0..M-1;
type PC: enum { USER, LK, CLR, GEN, SEND, FREE, UNL, LKM, SETP, LAZY, UNLZ, OUT, INN };
type KIND: enum { NONE, LAZY0, LAZY1, PTE0, PTE1, DATA };
type ENT: record k: KIND; v: PAGE end;
var lk: boolean;
var pte, freed: array[PAGE] of boolean;
var stale, lazy, mask: array[CPU] of boolean;
var req: array[CPU] of 0..3;            -- 0 none 1 to send 2 sent 3 in handler
var pc: array[CPU] of PC;
var arg: array[CPU] of PAGE;            -- undefined when unused
var tlb: array[CPU] of array[PAGE] of boolean;
var sb: array[CPU] of array[0..D-1] of ENT;  -- index 0 oldest

function empty(c: CPU): boolean; begin return sb[c][0].k = NONE end;
function full(c: CPU): boolean; begin return sb[c][D-1].k != NONE end;
function noreq(): boolean;
begin for k: CPU do if req[k] != 0 then return false end end; return true end;
procedure pushk(c: CPU; x: KIND);
begin for i: 0..D-1 do if sb[c][i].k = NONE then sb[c][i].k := x; return end end end;
procedure pushv(c: CPU; x: KIND; v: PAGE);
begin for i: 0..D-1 do if sb[c][i].k = NONE then sb[c][i].k := x; sb[c][i].v := v; return end end end;
procedure pop(c: CPU);
begin
  for i: 0..D-1 do
    if i < D-1 then
      if sb[c][i+1].k = NONE then sb[c][i].k := NONE; undefine sb[c][i].v;
      else
        sb[c][i].k := sb[c][i+1].k;
        if isundefined(sb[c][i+1].v) then undefine sb[c][i].v else sb[c][i].v := sb[c][i+1].v end;
      end;
    else sb[c][i].k := NONE; undefine sb[c][i].v end;
  end;
end;

startstate "init" begin
  lk := false;
  for v: PAGE do pte[v] := true; freed[v] := false end;
  for c: CPU do
    stale[c] := false; lazy[c] := false; mask[c] := true; req[c] := 0; pc[c] := USER;
    undefine arg[c];
    for v: PAGE do tlb[c][v] := false end;
    for i: 0..D-1 do sb[c][i].k := NONE; undefine sb[c][i].v end;
  end;
end;

ruleset c: CPU do
  -- hardware
  ruleset v: PAGE do
    rule "walk" pc[c] != OUT & pc[c] != INN & !tlb[c][v] & pte[v] ==> begin tlb[c][v] := true end;
  end;
  rule "drain" sb[c][0].k != NONE ==> begin
    if sb[c][0].k = LAZY0 then lazy[c] := false
    elsif sb[c][0].k = LAZY1 then lazy[c] := true
    elsif sb[c][0].k = PTE0 then pte[sb[c][0].v] := false
    elsif sb[c][0].k = PTE1 then pte[sb[c][0].v] := true
    else assert "store to a freed page" !freed[sb[c][0].v] end;
    pop(c) end;
  -- flush IPI handler; a TLB flush is serialising, so the buffer has drained
  rule "irq" req[c] = 2 & pc[c] != UNLZ & pc[c] != INN & empty(c) ==> begin
    for v: PAGE do tlb[c][v] := false end; stale[c] := false; req[c] := 3 end;
  rule "ack" req[c] = 3 ==> begin req[c] := 0 end;
  -- software
  ruleset v: PAGE do
    rule "load"  req[c] != 3 & pc[c] = USER & tlb[c][v] ==> begin assert "load from a freed page" !freed[v] end;
    rule "store" req[c] != 3 & pc[c] = USER & tlb[c][v] & !full(c) ==> begin pushv(c, DATA, v) end;
    rule "munmap" req[c] != 3 & pc[c] = USER & pte[v] ==> begin pc[c] := LK; arg[c] := v end;
    rule "mmap"  req[c] != 3 & pc[c] = USER & !pte[v] ==> begin pc[c] := LKM; arg[c] := v end;
  end;
  rule "golazy" req[c] != 3 & pc[c] = USER & !full(c) ==> begin pushk(c, LAZY1); pc[c] := LAZY end;
  rule "lock"  req[c] != 3 & pc[c] = LK & !lk & empty(c) ==> begin lk := true; pc[c] := CLR end;
  rule "clr"   req[c] != 3 & pc[c] = CLR ==> begin
    if pte[arg[c]] then pushv(c, PTE0, arg[c]); pc[c] := GEN else pc[c] := UNL end end;
  rule "gen"   req[c] != 3 & pc[c] = GEN & (BUG = 1 | empty(c)) ==> begin
    for k: CPU do if k != c then stale[k] := true; req[k] := 1 end end;
    tlb[c][arg[c]] := false; pc[c] := SEND end;
  ruleset k: CPU do
    rule "send" req[c] != 3 & pc[c] = SEND & req[k] = 1 ==> begin
      if mask[k] & !lazy[k] then req[k] := 2 else req[k] := 0 end end;
  end;
  rule "acked" req[c] != 3 & pc[c] = SEND & noreq() ==> begin pc[c] := FREE end;
  rule "free"  req[c] != 3 & pc[c] = FREE ==> begin freed[arg[c]] := true; pc[c] := UNL end;
  rule "unlock" req[c] != 3 & pc[c] = UNL & empty(c) ==> begin lk := false; undefine arg[c]; pc[c] := USER end;
  rule "lockm" req[c] != 3 & pc[c] = LKM & !lk & empty(c) ==> begin lk := true; pc[c] := SETP end;
  rule "setp"  req[c] != 3 & pc[c] = SETP ==> begin
    if !pte[arg[c]] then freed[arg[c]] := false; pushv(c, PTE1, arg[c]) end; pc[c] := UNL end;
  rule "unlazy" req[c] != 3 & pc[c] = LAZY & !full(c) ==> begin pushk(c, LAZY0); pc[c] := UNLZ end;
  rule "unlazy2" req[c] != 3 & pc[c] = UNLZ & (BUG = 2 | empty(c)) ==> begin
    if stale[c] then for v: PAGE do tlb[c][v] := false end; stale[c] := false end; pc[c] := USER end;
  rule "out"   req[c] != 3 & pc[c] = LAZY & empty(c) ==> begin
    mask[c] := false; lazy[c] := false; for v: PAGE do tlb[c][v] := false end; pc[c] := OUT end;
  rule "in1"   req[c] != 3 & pc[c] = OUT ==> begin mask[c] := true; pc[c] := INN end;
  rule "in2"   req[c] != 3 & pc[c] = INN ==> begin stale[c] := false; pc[c] := USER end;
end;
