# Dagwright's two commands are `make run` and `make test`. Each step says what it does; what is there already is left alone.
.PHONY: help run test test-rust test-browser test-cluster frontend frontend-dev
help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
run: ## install what is missing, build, and start Dagwright (RUN_FLAGS go to `dagwright serve`)
	@scripts/run.sh $(RUN_FLAGS)
test: ## everything: lints, licences, unit, HTTP and browser tests
	@scripts/test.sh
test-rust: ## the first half of it: lints, licences, unit, property and HTTP tests
	@scripts/test.sh rust
test-browser: ## the second half: the API against its description, and the browser tests
	@scripts/test.sh browser
test-cluster: ## runs on a real Kubernetes: KUBECONFIG's, one of kind or k3d, or one made on this machine (as root)
	@scripts/test-cluster.sh $(TEST_FLAGS)
frontend: ## build the browser app into frontend/dist, small, as it is served
	@scripts/frontend.sh release
frontend-dev: ## the same, quick and unoptimised, for work on it
	@scripts/frontend.sh dev
