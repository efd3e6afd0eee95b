#!/bin/sh
# A sweep as an array of Slurm: each task computes one shard into a directory that all nodes share.
#
#   export EXPERIMENT=my-experiment.yaml OUT=/shared/out/mine SHARDS=64
#   JOB=$(sbatch --parsable --array=1-$SHARDS slurm.sh)
#   sbatch --dependency=afterany:$JOB --wrap 'trough sweep merge "$EXPERIMENT" -o "$OUT" --shards "$SHARDS"'
#
# A merge that misses cells names their shards as --array takes them (1,3-5): submit those again. The array counts from 1.
# A shard should take minutes: Slurm starts about four tasks a second. Every node runs the same build of trough.
#SBATCH --job-name=trough-sweep
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
set -eu

# Parameters, from the environment of sbatch.
: "${EXPERIMENT:?expected the experiment file}"
: "${OUT:?expected the directory of the results, on a disk that all nodes share}"
: "${SHARDS:?expected into how many shards the cells are divided}"
: "${DATA:=data}"     # folder of recorded traces
: "${TROUGH:=trough}" # the program

exec "$TROUGH" sweep "$EXPERIMENT" --data "$DATA" -o "$OUT" --shard "auto/$SHARDS" --workers "${SLURM_CPUS_PER_TASK:-1}"
