# DA-KPN, reproduced: a contents page. `snakemake --cores 8 --resources gpu=1 all`; README.md says what each target yields.
from snakemake.utils import min_version

min_version("9.0")

if not {"run", "extends"} & config.keys():

    configfile: f"{workflow.basedir}/config/miniature.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/jobs.smk"
include: "workflow/rules/targets.smk"


rule all:
    default_target: True
    input:
        rules.report.output,
        ASK.all,
