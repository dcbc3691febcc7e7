# Dagwright's two commands are `make run` and `make test`. Each step says what it does; what is there already is left alone.
.PHONY: help run test frontend frontend-dev
help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
frontend: ## build the browser app into frontend/dist, small, as it is served
	@scripts/frontend.sh release
frontend-dev: ## the same, quick and unoptimised, for work on it
	@scripts/frontend.sh dev
