# Translation methods: training, and translating the training set and the held-out scenes.


def is_trained(method):
    """Whether a method trains; `target` names no method."""
    return base_of(method) in METHODS and METHODS[base_of(method)].trained


def is_optimised(method):
    """Whether a method trains in iterations, rather than by computing statistics of the data."""
    return is_trained(method) and METHODS[base_of(method)].optimised


def encoder_of(wildcards):
    """Weights of the pretrained encoder that a method asks for, if any."""
    domain = METHODS[base_of(wildcards.method)].encoder
    if domain is None:
        return []
    name = encoder_domain(domain, wildcards.method, CONFIG)
    return expand(rules.encoder.output.weights, domain=name, **wildcards)


def method_section(method):
    """A method's section with its defaults, in the model's order: what was not written down counts as well."""
    base = base_of(method)
    return METHODS[base].Config(**{**CONFIG.methods[base], **changes(CONFIG, "method", method)}).model_dump(mode="json")


def built_from(task, method):
    """What a translator is built from."""
    section = CONFIG.tasks[task]
    return {
        "method": method_section(method),
        "encoder": network_section("encoder", method),
        "image_size": section.image_size,
        "low_size": section.low_size,
        "code": method_code(method),
    }


def translator_params(wildcards):
    """What the translator of a job is built from."""
    return built_from(wildcards.task, wildcards.method)


rule translator:
    input:
        source=lambda wildcards: view_of(wildcards.task, "source-train"),
        target=lambda wildcards: view_of(wildcards.task, "target-train"),
        encoder=encoder_of,
    output:
        weights=f"{RESULTS}/translator/{{task}}/{{method}}/seed{{seed}}/weights.safetensors",
        history=f"{RESULTS}/translator/{{task}}/{{method}}/seed{{seed}}/history.csv",
        cost=f"{RESULTS}/translator/{{task}}/{{method}}/seed{{seed}}/cost.json",
    log:
        f"{LOGS}/translator/{{task}}/{{method}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/translator/{{task}}/{{method}}/seed{{seed}}.tsv"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        translator=translator_params,
    script:
        "../scripts/translator.py"


def weights_of(wildcards):
    """Weights of a trained method; nothing for a method that is not trained."""
    return expand(rules.translator.output.weights, **wildcards) if is_trained(wildcards.method) else []


def shards_of(wildcards):
    """Parts of a translation that jobs of their own make; none where one job makes the whole."""
    shards = CONFIG.translation.shards
    return expand(rules.translation_shard.output, **wildcards, shard=range(shards)) if shards > 1 else []


rule translation_shard:
    input:
        source=lambda wildcards: view_of(wildcards.task, "source-train"),
        weights=weights_of,
        encoder=encoder_of,
    output:
        temp(directory(f"{RESULTS}/translation/{{task}}/{{method}}/seed{{seed}}/shard{{shard}}")),
    log:
        f"{LOGS}/translation/{{task}}/{{method}}/seed{{seed}}/shard{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/translation/{{task}}/{{method}}/seed{{seed}}/shard{{shard}}.tsv"
    wildcard_constraints:
        shard=r"\d+",
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        translator=translator_params,
        shards=CONFIG.translation.shards,
    script:
        "../scripts/translation_shard.py"


rule translation:
    input:
        source=lambda wildcards: view_of(wildcards.task, "source-train"),
        shards=shards_of,
        paired=lambda wildcards: view_of(wildcards.task, "paired-source") if is_paired(wildcards.task) else [],
        weights=weights_of,
        encoder=encoder_of,
    output:
        images=directory(f"{RESULTS}/translation/{{task}}/{{method}}/seed{{seed}}/images"),
        view=directory(f"{RESULTS}/translation/{{task}}/{{method}}/seed{{seed}}/view"),
        samples=f"{RESULTS}/translation/{{task}}/{{method}}/seed{{seed}}/samples.npz",
        paired=f"{RESULTS}/translation/{{task}}/{{method}}/seed{{seed}}/paired.npy",
        cost=f"{RESULTS}/translation/{{task}}/{{method}}/seed{{seed}}/cost.json",
    log:
        f"{LOGS}/translation/{{task}}/{{method}}/seed{{seed}}.log",
    benchmark:
        f"{BENCHMARKS}/translation/{{task}}/{{method}}/seed{{seed}}.tsv"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        **RUN,
        translator=translator_params,
        samples=CONFIG.report.samples,
    script:
        "../scripts/translation.py"
