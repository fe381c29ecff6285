module goldbrief.invalid/cluster/pause

go 1.24
