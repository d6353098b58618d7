# tweetsent: every target is one command that a person would type. `make` lists them.
# Works with GNU make 3.81 (macOS) and newer, and with or without uv installed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
UV     := $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

# uv does not read pip's configuration: where pip is shown a folder of local wheels (a CPU build of torch), show it to uv too.
UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
ifneq ($(strip $(UV_FIND_LINKS)),)
export UV_FIND_LINKS
endif

# Tests run side by side, one process a core, at most four: each may hold a model in memory.
PYTEST = $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadscope --no-loadscope-reorder

# Without compiled modules on disk every command compiles pandas and scikit-learn anew: ten seconds each. They lie in .venv, which is make's own.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help uv setup demo demo-web dev-web test test-frontend test-e2e lighthouse filters pictures test-page-where-node-is test-notebooks test-python test-backend test-long lint drift export openapi clean-notebooks lab bench hooks constraints clean
.PHONY: up down dev jupyter run-folders logs ps stats watch secrets backup restore test-containers release train evaluate label sweep keys

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9 -]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## install everything into .venv (a no-op the second time)

# The environment and uv in it, where the machine has no uv of its own.
uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "python 3.11 or newer is needed, found " + sys.version.split()[0] + "; call make with PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x "$(UV)" || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(STAMP): pyproject.toml constraints.txt | uv
	$(UV) pip install --quiet --python $(BIN)/python -e '.[dev]' -c constraints.txt
	@mkdir -p data models reports/failed
	@if [ -d .git ]; then git config core.hooksPath .githooks; fi
	@touch $@

demo: setup ## the main job on the embedded sample: train, evaluate, compare, report
	$(BIN)/tweetsent demo

# The page (frontend/): a static export that the API serves. Node 20.19 or newer.
NPM_ENV := NEXT_TELEMETRY_DISABLED=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 CI=true
CHROMIUM ?= $(shell command -v chromium 2>/dev/null || command -v google-chrome 2>/dev/null || echo /usr/bin/chromium)
export CHROMIUM
PORT ?= 8000

frontend/node_modules/.package-lock.json: frontend/package-lock.json
	cd frontend && $(NPM_ENV) npm ci --no-audit --no-fund
	@touch $@

PAGE_SOURCES := $(shell find frontend/src frontend/next.config.mjs frontend/tailwind.config.ts -type f 2>/dev/null)

frontend/out/index.html: frontend/node_modules/.package-lock.json $(PAGE_SOURCES)
	cd frontend && $(NPM_ENV) npm run build
	@touch $@

demo-web: setup frontend/out/index.html ## seed the store with the sample, start API and page on loopback (PORT=8000)
	bash frontend/scripts/demo.sh $(PORT) $(or $(TWEETS),sample) $(PRICES)

dev-web: setup frontend/node_modules/.package-lock.json ## the page with hot reload on port 3000, for an API that already runs on PORT
	cd frontend && TWEETSENT_API=http://127.0.0.1:$(PORT) NEXT_TELEMETRY_DISABLED=1 npm run dev -- -H 127.0.0.1

test: test-backend ## every test: generated code, notebooks, Python, and the page where node is
	@$(MAKE) --no-print-directory test-page-where-node-is

# Without node, or without a browser, the rest is still tested, and the reader is told. Figures in milliseconds may be five times their limit here: other tests may run on the machine.
test-page-where-node-is:
	@if ! command -v node >/dev/null || ! command -v npm >/dev/null; then echo "SKIPPED test-frontend and test-e2e: node is not installed (20.19 or newer is needed)"; \
	elif [ ! -x "$(CHROMIUM)" ]; then $(MAKE) --no-print-directory test-frontend && echo "SKIPPED test-e2e: no chromium at $(CHROMIUM); install it, or set CHROMIUM"; \
	else $(MAKE) --no-print-directory test-frontend && $(MAKE) --no-print-directory test-e2e TWEETSENT_SLACK=5; fi

test-backend: setup lint ## everything in Python: generated code, notebooks, tests/
	$(PYTEST)

test-frontend: frontend/node_modules/.package-lock.json ## the page: lint, types, build, sizes, contract, vitest
	cd frontend && $(NPM_ENV) npm run lint && npm run typecheck && $(NPM_ENV) npm run build && node scripts/check-size.mjs && node scripts/check-schema.mjs && npm test

test-e2e: setup frontend/out/index.html ## the page in Debian's chromium against the real API
	cd frontend && $(NPM_ENV) npm run e2e

lighthouse: setup frontend/out/index.html ## Lighthouse on each page, desktop and mobile, median of three; needs the network once
	cd frontend && node scripts/lighthouse.mjs

filters: setup frontend/out/index.html ## how fast the dashboard answers a changed filter (TWEETS=file: with these tweets stored)
	cd frontend && node scripts/filters.mjs $(TWEETS)

pictures: setup frontend/out/index.html ## the README's pictures of the page -> docs/
	cd frontend && node scripts/pictures.mjs

test-notebooks: setup ## only the library notebooks, one result each
	$(PYTEST) tests/test_notebooks.py

test-python: setup ## only tests/
	$(PYTEST) --ignore=tests/test_notebooks.py

test-long: setup ## what takes longer than a coffee: training on the real data sets, twice
	$(BIN)/python -m pytest -m long

lint: setup ## ruff over generated code, tests and benchmarks
	$(BIN)/ruff check --quiet .

drift: setup ## does tweetsent/ equal what the notebooks export?
	$(BIN)/python -m pytest tests/test_house.py -k generated

export: setup ## notebooks -> tweetsent/
	$(BIN)/nbdev-export

openapi: setup ## the API's contract -> frontend/openapi.json
	$(BIN)/python -c 'from pathlib import Path; from tweetsent.serving.app import api_document; Path("frontend/openapi.json").write_text(api_document(), encoding="utf-8")'

clean-notebooks: setup ## strip machine-made metadata from notebooks, outputs from experiments
	$(BIN)/nbdev-clean
	$(BIN)/jupyter nbconvert --log-level=WARN --clear-output --inplace nbs/experiments/*.ipynb

lab: setup ## JupyterLab on nbs/, loopback only
	$(BIN)/jupyter lab --ip=127.0.0.1 --notebook-dir=. $(if $(filter 0,$(shell id -u)),--allow-root)

bench: setup ## speed against peers, printed as ratios
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

constraints: uv ## resolve constraints.txt anew from pyproject.toml
	@printf 'torch==2.13.0\n' > $(VENV)/torch-pin.txt
	$(UV) pip compile --quiet pyproject.toml --extra dev --extra mpnet --extra gemma --extra bench --upgrade -c $(VENV)/torch-pin.txt --no-annotate --no-header -o constraints.txt
	@sed -e 's/^\(torch==[0-9.]*\)+cpu/\1/' constraints.txt > $(VENV)/constraints.txt && cp $(VENV)/constraints.txt constraints.txt

# ---- The system in containers ----

COMPOSE ?= docker compose
# IN=docker runs an experiment inside devtools, else here; the run directory is the same.
RUN = $(if $(filter docker,$(IN)),$(COMPOSE) --profile dev exec devtools tweetsent,$(BIN)/tweetsent)

# JupyterLab runs as the owner of the checkout, and never as root: where root owns it, as 1000, which may add runs and models to it.
OWNER := $(shell ls -nd . | awk '{ if ($$3) print $$3, $$4; else print 1000, 1000 }')
AS_OWNER = HOST_UID=$(word 1,$(OWNER)) HOST_GID=$(word 2,$(OWNER))

run-folders:
	@mkdir -p reports models data
	@if [ "$$(ls -nd . | awk '{ print $$3 }')" = 0 ] && [ "$$(id -u)" = 0 ]; then chown $(word 1,$(OWNER)):$(word 2,$(OWNER)) reports models data; \
	echo "root owns this checkout, and JupyterLab does not run as root: it runs as $(word 1,$(OWNER)) and can add to reports/, models/ and data/. For saving notebooks and hot reload: chown -R $(word 1,$(OWNER)):$(word 2,$(OWNER)) ."; fi

secrets: ## write the secrets that are missing into secrets/
	@sh docker/secrets.sh

up: secrets ## page and API in containers on http://127.0.0.1:8080 (PROFILE=monitoring, postgres or gpu adds to them)
	$(COMPOSE) $(addprefix --profile ,$(PROFILE)) up -d --build --wait
	@echo "page and API: http://127.0.0.1:$${WEB_PORT:-8080}   a key for them: make keys IN=docker ARGS='create --name me --scope predict --scope review --scope admin'"

dev: secrets run-folders ## the same with JupyterLab and an API that reloads
	$(AS_OWNER) $(COMPOSE) --profile dev up -d --build --wait

jupyter: secrets run-folders ## JupyterLab in its container; prints the address and where the token is
	$(AS_OWNER) $(COMPOSE) --profile dev up -d --build --wait devtools
	@echo "JupyterLab: http://127.0.0.1:$${JUPYTER_PORT:-8888}/lab   token: secrets/jupyter_token"

down: ## stop the containers; volumes stay
	$(COMPOSE) --profile '*' down

logs: ## follow the logs of all containers
	$(COMPOSE) --profile '*' logs -f --tail 100

ps: ## the containers and their health
	$(COMPOSE) --profile '*' ps -a

stats: ## CPU, memory, network and volumes of the containers
	@docker stats --no-stream $$($(COMPOSE) --profile '*' ps -q)
	@docker system df -v | sed -n '/^Local Volumes/,/^Build cache/p' | grep -E 'VOLUME|tweetsent' || true

watch: ## figures and logs of the containers for Prometheus (profile monitoring), until Ctrl-C
	$(PYTHON) docker/containers/watch.py

backup: ## models, runs and store of the running system into FILE (default backup.tar.gz)
	$(COMPOSE) exec -T backend tweetsent backup - > $(or $(FILE),backup.tar.gz).part && mv $(or $(FILE),backup.tar.gz).part $(or $(FILE),backup.tar.gz)

restore: ## bring FILE back in the place of what is there
	@test -r "$(or $(FILE),backup.tar.gz)" || { echo "$(or $(FILE),backup.tar.gz) cannot be read; name the file that 'make backup' wrote: make restore FILE=…" >&2; exit 2; }
	$(COMPOSE) stop backend; $(COMPOSE) run --rm -T backend tweetsent restore - --replace < $(or $(FILE),backup.tar.gz); status=$$?; $(COMPOSE) up -d --wait backend && exit $$status

test-containers: setup ## build, start and check the containers, where there is a docker engine
	$(BIN)/python -m pytest -m 'containers or not containers' -s -rs --timeout 2400 tests/test_containers.py tests/test_running_containers.py tests/test_running_profiles.py

# ---- Experiments ----

train evaluate label: ## run the experiment of that name: make train ARGS="-p data tweets.csv" [IN=docker]
	$(RUN) run $@ $(ARGS)

sweep: ## a grid of experiments: make sweep ARGS=grid.yaml [IN=docker]
	$(RUN) sweep $(ARGS)

keys: ## API keys: make keys ARGS="create --name me --scope predict" [IN=docker]; without ARGS the list of them
	$(if $(filter docker,$(IN)),$(COMPOSE) exec backend tweetsent,$(BIN)/tweetsent) keys $(or $(ARGS),list)

release: setup ## wheel and sdist into dist/
	rm -rf dist build && $(UV) build --quiet --out-dir dist .

clean: ## remove caches, build leftovers and containers; data/, models/, reports/ stay, and volumes unless VOLUMES=yes
	@if command -v docker >/dev/null && docker info >/dev/null 2>&1; then $(COMPOSE) --profile '*' down --remove-orphans $(if $(filter yes,$(VOLUMES)),--volumes); fi
	rm -rf frontend/.next frontend/out frontend/test-results build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -type d -exec rm -rf {} +
