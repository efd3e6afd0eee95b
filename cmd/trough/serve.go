package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) serve() *cobra.Command {
	var listen, token, scenario string
	c := &cobra.Command{
		Use:   "serve DIR",
		Short: "Show the reports of all runs and experiments in a directory in a browser, and explore parameters",
		Long: `Lists the runs and experiments below a directory, with the report of each and comparisons of runs, and offers an explorer:
a scenario that is run again with another margin, curfew and step, and what that changes. Nothing is written.

It listens on this machine only. Other addresses need --token-file, a file with a secret of at least 16 characters that
whoever asks must send: as Authorization: Bearer SECRET, or once as ?token=SECRET, which a browser keeps as a cookie.`,
		Example: `  trough serve out
  trough serve out --listen 127.0.0.1:9000 --scenario netflix-realtime
  trough serve out --listen 0.0.0.0:8080 --token-file secret.txt`,
		Args: oneArg("a directory of runs"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s := &server{app: a, dir: args[0]}
			if !isDir(s.dir) {
				return fmt.Errorf("%s: there is no such directory", s.dir)
			}
			var err error
			if s.token, err = tokenFor(listen, token); err != nil {
				return err
			}
			if s.explorer, err = a.newExplorer(scenario); err != nil {
				return err
			}
			return s.listen(cmd.Context(), listen)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address to listen on; port 0 takes any")
	c.Flags().StringVar(&token, "token-file", "", "file with the secret that other machines must send")
	c.Flags().StringVar(&scenario, "scenario", "month", "scenario of the explorer")
	c.RegisterFlagCompletionFunc("scenario", completeScenarios)
	return c
}

// tokenLeast is how short a secret may be: 16 characters are more than can be tried over a network.
const tokenLeast = 16

// tokenFor reads the secret; an address that only this machine reaches needs none.
func tokenFor(listen, file string) (string, error) {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("--listen is %q: expected HOST:PORT such as 127.0.0.1:8080", listen)
	}
	if file == "" {
		if !loopback(host) {
			return "", fmt.Errorf("--listen %s is reached from other machines: expected --token-file with a secret that they must send", listen)
		}
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fileError(file, err)
	}
	token := strings.TrimSpace(string(text))
	if len(token) < tokenLeast {
		return "", fmt.Errorf("%s: the secret has %d characters: expected at least %d", file, len(token), tokenLeast)
	}
	return token, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// listen serves until ctx ends.
func (s *server) listen(ctx context.Context, address string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("--listen %s: %w", address, err)
	}
	fmt.Fprintf(s.out, "http://%s/\n", l.Addr())
	h := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 2 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	stopped := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- h.Shutdown(last)
	})
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return failure{err}
	}
	return <-stopped // whoever interrupts a server wants it to end: that is no failure
}
