require ["include", "variables", "fileinto", "mailbox"];
global "x";
include "shares";
fileinto :create "${x}";
