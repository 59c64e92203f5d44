# The scripts of this repository, by `just --list`. Each recipe calls one of them; all of them work without just.

# Builds everything, starts a development chain and plays a payment on it
run *arguments:
    ./scripts/run {{ arguments }}

# Starts a test network of four validators
testnet *arguments:
    ./scripts/testnet {{ arguments }}

# Installs what is missing on this machine
setup *arguments:
    ./scripts/setup {{ arguments }}

# Runs every check that continuous integration runs; `just test --list` names the steps
test *arguments:
    ./scripts/test {{ arguments }}

# Runs clippy and rustdoc over our own crates
lint:
    ./scripts/test --only lint

# Runs the tests of networks under faults
network:
    ./scripts/test --network

# Formats the code
format:
    cargo fmt --all

# Makes chain-specs/ again, after a change of the genesis
chain-specs *arguments:
    ./scripts/chain-specs {{ arguments }}

# Measures the weights of pallets on this machine
weights *pallets:
    ./scripts/weights {{ pallets }}

# Compares the dependencies between crates with docs/architecture.md
architecture:
    ./scripts/check-architecture

# Finds features that only tests turn on, which compile the SDK twice
features:
    ./scripts/check-features

# Finds links in the documents that lead nowhere
links:
    ./scripts/check-links

# Finds modules that need each other in a circle
modules:
    ./scripts/check-modules
