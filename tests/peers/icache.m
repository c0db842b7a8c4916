-- models/bench/icache.flush once more, for Rumur. @N@ and @BUG@ are filled in.
const CPUS: @N@;
type cpu: 0 .. CPUS - 1;
     contents: enum { ABSENT, STALE, FRESH };
     place: enum { RUNS, FAULTED, HAS_LOCK, EMPTY_PAGE, WRITTEN, EARLY, CLEANED, WAITS, FLUSHED, DONE };
var mapped, dirty, pou, locked: boolean;
    at: array [cpu] of place;
    wanted, handling: array [cpu] of boolean;
    line: array [cpu] of contents;

function fetched(): contents;
begin
  if pou then return FRESH; end;
  return STALE;
end;

startstate begin
  mapped := false; dirty := false; pou := false; locked := false;
  for c: cpu do
    at[c] := RUNS; wanted[c] := false; handling[c] := false; line[c] := ABSENT;
  end;
end;

rule "write back" dirty ==> begin pou := true; dirty := false; end;

ruleset c: cpu do
  rule "prefetch" line[c] = ABSENT ==> begin line[c] := fetched(); end;
  rule "evict" line[c] != ABSENT ==> begin line[c] := ABSENT; end;
  rule "interrupt" wanted[c] & !handling[c] ==> begin handling[c] := true; line[c] := ABSENT; end;
  rule "acknowledge" handling[c] ==> begin handling[c] := false; wanted[c] := false; end;

  rule "execute" !handling[c] & at[c] = RUNS & mapped ==> begin
    if line[c] = ABSENT then line[c] := fetched(); end;
    assert "old code" line[c] = FRESH;
  end;
  rule "fault" !handling[c] & at[c] = RUNS & !mapped ==> begin at[c] := FAULTED; end;
  rule "lock" !handling[c] & at[c] = FAULTED & !locked ==> begin
    locked := true; at[c] := HAS_LOCK;
  end;
  rule "look" !handling[c] & at[c] = HAS_LOCK ==> begin
    if mapped then at[c] := DONE; else at[c] := EMPTY_PAGE; end;
  end;
  rule "fresh page" !handling[c] & at[c] = EMPTY_PAGE ==> begin
    pou := false; dirty := false; at[c] := WRITTEN;
  end;
  rule "write" !handling[c] & at[c] = WRITTEN ==> begin dirty := true; at[c] := EARLY; end;
  rule "map early" @BUG@ = 1 & !handling[c] & at[c] = EARLY ==> begin
    mapped := true; at[c] := CLEANED;
  end;
  rule "clean" !handling[c] & at[c] = (@BUG@ = 1 ? CLEANED : EARLY) ==> begin
    if dirty then pou := true; dirty := false; end;
    at[c] := FLUSHED;
  end;
  rule "invalidate" !handling[c] & at[c] = FLUSHED ==> begin
    for k: cpu do if k != c then wanted[k] := true; end; end;
    line[c] := ABSENT; at[c] := WAITS;
  end;
  rule "all acknowledged" !handling[c] & at[c] = WAITS & (forall k: cpu do !wanted[k] end) ==> begin
    if @BUG@ = 1 then at[c] := DONE; else at[c] := CLEANED; end;
  end;
  rule "map" @BUG@ = 0 & !handling[c] & at[c] = CLEANED ==> begin mapped := true; at[c] := DONE; end;
  rule "unlock" !handling[c] & at[c] = DONE ==> begin locked := false; at[c] := RUNS; end;
end;
