module dagwright/e2e/cluster/validate

go 1.25.7
