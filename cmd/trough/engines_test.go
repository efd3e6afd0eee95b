package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"trough.internal/models/settings"
)

// engines is where scripts and manifests for engines lie. What Slurm itself makes of its script is for .ci/slurm.
const engines = shared + "/engines"

// kubernetesJob is what the manifest may hold: strictly, so that a key written wrongly or at another depth is found. Its keys
// are written as those of our own files, which the one reader of YAML wants.
type kubernetesJob struct {
	APIVersion string `set:"api_version" required:"true" enum:"batch/v1"`
	Kind       string `set:"kind" required:"true" enum:"Job"`
	Metadata   struct {
		Name string `set:"name" required:"true"`
	} `set:"metadata"`
	Spec struct {
		CompletionMode       string `set:"completion_mode" required:"true" enum:"Indexed"`
		Completions          int    `set:"completions" required:"true" min:"1" max:"10000"`
		Parallelism          int    `set:"parallelism" required:"true" min:"1" max:"10000"`
		BackoffLimitPerIndex int    `set:"backoff_limit_per_index" required:"true" min:"1" max:"10"`
		Template             struct {
			Spec struct {
				RestartPolicy string                `set:"restart_policy" required:"true" enum:"Never"`
				Containers    []kubernetesContainer `set:"containers" required:"true"`
				Volumes       []struct {
					Name  string `set:"name"`
					Claim struct {
						Name string `set:"claim_name"`
					} `set:"persistent_volume_claim"`
				} `set:"volumes" required:"true"`
			} `set:"spec"`
		} `set:"template"`
	} `set:"spec"`
}

type kubernetesContainer struct {
	Name      string   `set:"name"`
	Image     string   `set:"image" required:"true"`
	Pull      string   `set:"image_pull_policy" required:"true" enum:"IfNotPresent|Always"`
	Args      []string `set:"args" required:"true"`
	Resources struct {
		Requests kubernetesResources `set:"requests"`
		Limits   kubernetesResources `set:"limits"`
	} `set:"resources"`
	Mounts []struct {
		Name string `set:"name"`
		Path string `set:"mount_path"`
	} `set:"volume_mounts"`
}

type kubernetesResources struct {
	CPU    string `set:"cpu"`
	Memory string `set:"memory"`
}

// keysAsOurs has mount_path: for mountPath:.
func keysAsOurs(text []byte) []byte {
	key := regexp.MustCompile(`\b[a-z]+(?:[A-Z][a-z]+)*:`)
	return key.ReplaceAllFunc(text, func(name []byte) []byte {
		return bytes.ToLower(regexp.MustCompile(`[A-Z]`).ReplaceAll(name, []byte("_$0")))
	})
}

func TestTheLastPodOfTheKubernetesJobComputesTheLastShard(t *testing.T) {
	file := engines + "/kubernetes.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var job kubernetesJob
	if err := settings.Decode(file, keysAsOurs(text), &job); err != nil {
		t.Fatal(err)
	}
	spec := &job.Spec.Template.Spec
	if len(spec.Containers) != 1 || spec.Containers[0].Mounts[0].Name != spec.Volumes[0].Name || spec.Containers[0].Mounts[0].Path != "/sweep" {
		t.Fatalf("containers and volumes: %+v", spec)
	}
	n := job.Spec.Completions
	t.Setenv("JOB_COMPLETION_INDEX", strconv.Itoa(n-1))
	computesShard(t, spec.Containers[0].Args, n, n)
}

func TestTheLastChildOfTheBatchArrayComputesTheLastShard(t *testing.T) {
	text, err := os.ReadFile(engines + "/aws-batch-definition.json")
	if err != nil {
		t.Fatal(err)
	}
	var definition struct {
		JobDefinitionName, Type string
		ContainerProperties     struct {
			Image   string
			Command []string
			Volumes []struct{ Name string }
			Mount   []struct{ SourceVolume, ContainerPath string } `json:"mountPoints"`
			Require []struct{ Type, Value string }                 `json:"resourceRequirements"`
		}
		Parameters map[string]string
	}
	if err := json.Unmarshal(text, &definition); err != nil {
		t.Fatal(err)
	}
	c := &definition.ContainerProperties
	if definition.Type != "container" || c.Image == "" || c.Mount[0].SourceVolume != c.Volumes[0].Name || len(c.Require) != 2 {
		t.Errorf("the definition is %+v", definition)
	}
	for i, arg := range c.Command {
		if name, ref := strings.CutPrefix(arg, "Ref::"); ref {
			if c.Command[i] = definition.Parameters[name]; c.Command[i] == "" {
				t.Errorf("the definition has no parameter %s", name)
			}
		}
	}
	// What the script submits, by a program that says what it is told.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "aws"), []byte("#!/bin/sh\necho \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	submit := exec.Command("sh", engines+"/aws-batch.sh")
	submit.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "QUEUE=q")
	said, err := submit.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "--job-queue q --job-definition "+definition.JobDefinitionName+" ") {
		t.Fatalf("it said %s (%v)", said, err)
	}
	_, size, _ := strings.Cut(string(said), "--array-properties size=")
	n, _ := strconv.Atoi(strings.Fields(size)[0])
	t.Setenv("AWS_BATCH_JOB_ARRAY_INDEX", strconv.Itoa(n-1))
	computesShard(t, c.Command, n, n)
}

func TestATaskOfTheSlurmArrayComputesItsShard(t *testing.T) {
	out := t.TempDir()
	task := exec.Command("sh", engines+"/slurm.sh")
	task.Env = append(os.Environ(), "EXPERIMENT="+shared+"/experiments/small.yaml", "DATA="+shared+"/traces", "OUT="+out, "SHARDS=16", "SLURM_ARRAY_TASK_ID=3")
	if text, err := task.CombinedOutput(); err != nil || !strings.Contains(string(text), "shard 3 of 16: ") {
		t.Errorf("it said %s (%v)", text, err)
	}
	task = exec.Command("sh", engines+"/slurm.sh")
	task.Env = append(os.Environ(), "EXPERIMENT=x.yaml", "OUT="+out)
	if text, err := task.CombinedOutput(); err == nil || !strings.Contains(string(text), "SHARDS: expected into how many shards") {
		t.Errorf("without SHARDS it said %s (%v)", text, err)
	}
}

// computesShard runs what a container would, on the smallest experiment.
func computesShard(t *testing.T, args []string, index, of int) {
	t.Helper()
	dir := t.TempDir()
	there := map[string]string{"/sweep/my-experiment.yaml": shared + "/experiments/small.yaml", "/sweep/data": shared + "/traces", "/sweep/out/mine": filepath.Join(dir, "cells")}
	local := append([]string{"--json"}, args...)
	for i, arg := range local {
		if file, named := there[arg]; named {
			local[i] = file
			delete(there, arg)
		}
	}
	if len(there) > 0 {
		t.Errorf("%q does not name %v", args, there)
	}
	out, wrong := create(t, dir, "out"), create(t, dir, "err")
	code := run(context.Background(), local, out, wrong)
	var d shardDone
	if err := json.Unmarshal([]byte(read(t, out)), &d); err != nil || code != exitOK || d.Shard != index || d.Of != of || d.Computed != d.Cells || d.Cells == 0 {
		t.Errorf("%q: exit code %d, %+v, %v: %s", args, code, d, err, read(t, wrong))
	}
}
