# One rule for every kind of job: a node of the plan says what it needs, makes, computes with and asks of the machine.


for NODE in ASK.kinds:

    rule:
        name:
            NODE.rule
        input:
            unpack(ASK.needs(NODE)),
        output:
            **ASK.outputs(NODE),
        log:
            ASK.log(NODE),
        # On a cluster these run where Snakemake does.
        localrule: ASK.is_light(NODE)
        threads: ASK.threads(NODE)
        resources:
            gpu=ASK.gpus(NODE),
            mem_mb=ASK.memory(NODE),
            runtime=ASK.runtime(NODE),
        params:
            settings=ASK.settings(NODE),
            code=ASK.code(NODE),
            script=NODE.script or NODE.rule,
        run:
            # Not NODE itself: when the job runs, the loop has ended.
            execute(params.script, input, output, params, wildcards, threads, resources, log, config, rule)
