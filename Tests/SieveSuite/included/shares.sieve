require ["include", "variables"];
global "x";
set "x" "shared";
return;
set "x" "not reached";
