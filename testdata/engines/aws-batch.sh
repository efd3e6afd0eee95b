#!/bin/sh
# A sweep as an array of AWS Batch: each child computes one shard into a file system that all of them mount.
#
#   QUEUE=my-queue ./aws-batch.sh
#   trough sweep merge my-experiment.yaml -o out/mine --shards 16      (with the same build, where the volume is mounted)
#
# aws-batch-definition.json names the image (with your build of trough as its entry point), the file system and the shards:
# change the n of its --shard auto/n together with SHARDS. OUT may be a bucket instead, which the job's role may list, read and
# write: OUT='s3://my-bucket/mine?region=us-east-1', and the merge is `trough sweep merge my-experiment.yaml -o out/mine "$OUT"`.
# Batch sets AWS_BATCH_JOB_ARRAY_INDEX, from 0 on.
set -eu

# Parameters.
: "${QUEUE:?expected the job queue}"
: "${SHARDS:=16}" # 2 to 10000
: "${EXPERIMENT:=/sweep/my-experiment.yaml}"
: "${OUT:=/sweep/out/mine}"

aws batch register-job-definition --cli-input-json "file://$(dirname "$0")/aws-batch-definition.json"
aws batch submit-job --job-name trough-sweep --job-queue "$QUEUE" --job-definition trough-sweep \
	--array-properties "size=$SHARDS" --parameters "experiment=$EXPERIMENT,out=$OUT"
