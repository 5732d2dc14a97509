// Judge answers, for worlds of Kubernetes objects on paper, what the filter plugins of the real
// kube-scheduler say about them. See README.md for the protocol.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
)

func main() {
	validate := flag.Bool("validate", false, "also check that the apiserver would admit every object as it stands")
	flag.Parse()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	if err := run(os.Stdin, os.Stdout, *validate); err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

// answer is one line of output: for each asked pod, for each node, why not ("" where it fits).
type answer struct {
	ID       string                       `json:"id"`
	Verdicts map[string]map[string]string `json:"verdicts"`
}

// run answers one line for each line that is not empty, until the input ends.
func run(in io.Reader, out io.Writer, validate bool) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	judge, err := newJudge(ctx)
	if err != nil {
		return err
	}
	reader := bufio.NewReaderSize(in, 1<<20)
	writer := bufio.NewWriterSize(out, 1<<16)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		last := err != nil
		if line = bytes.TrimSpace(line); len(line) > 0 {
			id, verdicts, err := judge.line(ctx, line, validate)
			if err != nil {
				return errors.Join(fmt.Errorf("world %q (line %d): %w", id, number, err), writer.Flush())
			}
			text, err := json.Marshal(answer{ID: id, Verdicts: verdicts})
			if err != nil {
				return err
			}
			if _, err := writer.Write(append(text, '\n')); err != nil {
				return err
			}
		}
		// A caller that writes one world and waits for its answer must get it.
		if last || reader.Buffered() == 0 {
			if err := writer.Flush(); err != nil {
				return err
			}
		}
		if last {
			return nil
		}
	}
}
