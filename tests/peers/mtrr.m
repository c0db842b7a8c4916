-- models/bench/mtrr.flush once more, for Rumur. @N@ and @BUG@ (no memory for the call records) are
-- filled in.
const N: @N@;
const BUG: @BUG@;
type CPU: 0..N-1;
type PC: enum { IDLE, WANT, SENDOK, SENDF, W1, W1B, W2, W2B, W3 };
var mtx, gate: boolean;
var count: 0..N-1;
var todo: array[CPU] of boolean;
var csd: array[CPU] of 0..2;     -- 0 free 1 queued 2 in handler
var h: array[CPU] of 0..4;       -- handler position
var pc: array[CPU] of PC;

function notodo(): boolean;
begin for k: CPU do if todo[k] then return false end end; return true end;
function nocsd(): boolean;
begin for k: CPU do if csd[k] != 0 then return false end end; return true end;

startstate "init" begin
  mtx := false; gate := false; count := 0;
  for c: CPU do todo[c] := false; csd[c] := 0; h[c] := 0; pc[c] := IDLE end;
end;

ruleset c: CPU do
  rule "irq"  h[c] = 0 & csd[c] = 1 & (pc[c] = IDLE | pc[c] = WANT | pc[c] = SENDOK | pc[c] = SENDF) ==>
              begin csd[c] := 2; h[c] := 1 end;
  rule "h1"   h[c] = 1 ==> begin count := count - 1; h[c] := 2 end;
  rule "h2"   h[c] = 2 & gate ==> begin count := count - 1; h[c] := 3 end;
  rule "h3"   h[c] = 3 & !gate ==> begin count := count - 1; h[c] := 4 end;
  rule "h4"   h[c] = 4 ==> begin csd[c] := 0; h[c] := 0 end;
  rule "want" h[c] = 0 & pc[c] = IDLE ==> begin pc[c] := WANT end;
  rule "ok"   h[c] = 0 & pc[c] = WANT & !mtx ==> begin mtx := true; count := N-1;
                for k: CPU do if k != c then todo[k] := true end end; pc[c] := SENDOK end;
  rule "fail" BUG = 1 & h[c] = 0 & pc[c] = WANT & !mtx ==> begin mtx := true; count := N-1;
                for k: CPU do if k != c then todo[k] := true end end; pc[c] := SENDF end;
  ruleset k: CPU do
    rule "sendok" h[c] = 0 & pc[c] = SENDOK & todo[k] & csd[k] = 0 ==> begin todo[k] := false; csd[k] := 1 end;
    rule "sendf"  h[c] = 0 & pc[c] = SENDF & todo[k] & nocsd() ==> begin todo[k] := false; csd[k] := 1 end;
  end;
  rule "sentok" h[c] = 0 & pc[c] = SENDOK & notodo() ==> begin pc[c] := W1 end;
  rule "sentf"  h[c] = 0 & pc[c] = SENDF & notodo() & nocsd() ==> begin pc[c] := W1 end;
  rule "w1"  pc[c] = W1 & count = 0 ==> begin count := N-1; pc[c] := W1B end;
  rule "w1b" pc[c] = W1B ==> begin gate := true; pc[c] := W2 end;
  rule "w2"  pc[c] = W2 & count = 0 ==> begin count := N-1; pc[c] := W2B end;
  rule "w2b" pc[c] = W2B ==> begin gate := false; pc[c] := W3 end;
  rule "w3"  pc[c] = W3 & count = 0 ==> begin mtx := false; pc[c] := IDLE end;
end;
