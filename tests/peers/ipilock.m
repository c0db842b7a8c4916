-- models/bench/ipilock.flush once more, for Rumur. @N@ and @BUG@ are filled in.
const CPUS: @N@;
type cpu: 0 .. CPUS - 1;
     call: enum { IDLE, QUEUED, RUNNING };
     place: enum { REST, WANTS, SENDS, HAS_ALL, MASKED, HOLDS };
var locked: boolean;
    at: array [cpu] of place;
    handling: array [cpu] of boolean;
    todo: array [cpu] of array [cpu] of boolean;
    calls: array [cpu] of array [cpu] of call;

startstate begin
  locked := false;
  for c: cpu do
    at[c] := REST; handling[c] := false;
    for k: cpu do todo[c][k] := false; calls[c][k] := IDLE; end;
  end;
end;

ruleset c: cpu do
  rule "take" !handling[c] & at[c] != MASKED & at[c] != HOLDS &
              (exists s: cpu do calls[s][c] = QUEUED end) ==> begin
    handling[c] := true;
    for s: cpu do if calls[s][c] = QUEUED then calls[s][c] := RUNNING; end; end;
  end;
  rule "acknowledge" handling[c] ==> begin
    handling[c] := false;
    for s: cpu do if calls[s][c] = RUNNING then calls[s][c] := IDLE; end; end;
  end;
  rule "want" !handling[c] & at[c] = REST ==> begin at[c] := WANTS; end;
  rule "mask" @BUG@ = 1 & !handling[c] & at[c] = REST ==> begin at[c] := MASKED; end;
  rule "lock" !handling[c] & at[c] = WANTS & !locked ==> begin
    locked := true; at[c] := SENDS;
    for k: cpu do todo[c][k] := k != c; end;
  end;
  ruleset k: cpu do
    rule "send" !handling[c] & at[c] = SENDS & todo[c][k] ==> begin
      todo[c][k] := false; calls[c][k] := QUEUED;
    end;
  end;
  rule "all ran" !handling[c] & at[c] = SENDS &
                 (forall k: cpu do !todo[c][k] & calls[c][k] = IDLE end) ==> begin
    at[c] := HAS_ALL;
  end;
  rule "unlock" !handling[c] & at[c] = HAS_ALL ==> begin locked := false; at[c] := REST; end;
  rule "lock masked" at[c] = MASKED & !locked ==> begin locked := true; at[c] := HOLDS; end;
  rule "unlock masked" at[c] = HOLDS ==> begin locked := false; at[c] := REST; end;
end;
