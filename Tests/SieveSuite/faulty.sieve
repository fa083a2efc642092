frop;
keep 3;
