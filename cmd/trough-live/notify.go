package main

import (
	"fmt"
	"net"
	"os"
)

// notifier tells systemd how the driver is: that it evaluates, and that it still does. See sd_notify(3); where no unit of Type=notify
// started the driver, nobody is told.
type notifier struct{ socket string }

func serviceManager() notifier { return notifier{os.Getenv("NOTIFY_SOCKET")} }

// tell says it as far as it can: a manager that does not hear is no reason to stop.
func (n notifier) tell(format string, args ...any) {
	if n.socket == "" {
		return
	}
	name := n.socket
	if name[0] == '@' { // an abstract socket's name begins with a zero byte
		name = "\x00" + name[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, format, args...)
}
