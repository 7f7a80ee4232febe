package main

import (
	"bytes"
	"errors"
	"net/netip"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const receiveMaxBytes = 64 << 10

var headEnd = []byte("\r\n\r\n")
var lengthName = []byte("content-length:")

// connection carries one call at a time.
type connection struct {
	fd     int
	target *target
	// Part of a response whose rest is still to come.
	partial []byte
	due     time.Time
	sent    time.Time
	// A connection that is being opened sends its call as soon as it is open.
	isOpening bool
	isBusy    bool
}

func connect(t *target) (*connection, error) {
	address, err := netip.ParseAddrPort(t.address)
	if err != nil {
		return nil, err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	c := &connection{fd: fd, target: t, isOpening: true}
	for _, option := range [][2]int{
		{syscall.IPPROTO_TCP, syscall.TCP_NODELAY},
		{syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS},
	} {
		if err := syscall.SetsockoptInt(fd, option[0], option[1], 1); err != nil {
			return nil, errors.Join(err, syscall.Close(fd))
		}
	}
	err = syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()})
	if err != nil && err != syscall.EINPROGRESS {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	if err := t.poll.add(c); err != nil {
		return nil, errors.Join(err, syscall.Close(fd))
	}
	return c, nil
}

func (c *connection) close() {
	// The kernel forgets what was registered for it, too.
	_ = syscall.Close(c.fd)
	c.fd = -1
}

func (c *connection) lost() {
	c.close()
	c.target.lost()
}

func (c *connection) send(due time.Time) {
	c.due = due
	c.isBusy = true
	if !c.isOpening {
		c.write()
	}
}

// write sends the request: it is a few hundred bytes, which a socket without anything else to send takes as a whole.
func (c *connection) write() {
	c.sent = time.Now()
	if n, err := syscall.Write(c.fd, c.target.request); err != nil || n != len(c.target.request) {
		c.lost()
	}
}

// ready is called when the socket can be written to for the first time, and whenever there is something to read.
func (c *connection) ready(canWrite bool) {
	if c.fd < 0 {
		return
	}
	if c.isOpening && canWrite {
		c.isOpening = false
		if c.isBusy {
			c.write()
		}
		return
	}
	c.read()
}

// Everything is read into these: there is one thread.
var received [receiveMaxBytes]byte
var control [128]byte

func (c *connection) read() {
	n, controlBytes, _, _, err := syscall.Recvmsg(c.fd, received[:], control[:], 0)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if err != nil || n == 0 || !c.isBusy {
		c.lost()
		return
	}
	response := received[:n]
	if len(c.partial) > 0 {
		c.partial = append(c.partial, response...)
		response = c.partial
	}
	status, isWhole := statusOf(response)
	if !isWhole {
		if len(c.partial) == 0 {
			c.partial = append(c.partial, response...)
		}
		return
	}
	c.partial = c.partial[:0]
	c.isBusy = false
	c.target.record.answered(status, c.due, c.sent, arrivalOf(control[:controlBytes]), time.Now())
	c.target.ended(c)
}

// statusOf returns the status of a response, and whether all of it is there. All that are called say how long their responses are.
func statusOf(response []byte) (int, bool) {
	end := bytes.Index(response, headEnd)
	if end < 0 {
		return 0, false
	}
	head := response[:end+len(headEnd)]
	status, _ := strconv.Atoi(string(head[9:12]))
	lengthBytes := 0
	for line := range bytes.Lines(head) {
		if len(line) > len(lengthName) && bytes.EqualFold(line[:len(lengthName)], lengthName) {
			lengthBytes, _ = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthName):])))
		}
	}
	return status, len(response) >= len(head)+lengthBytes
}

// arrivalOf is when the kernel got the last bytes that were read; the zero time where it does not say that.
func arrivalOf(control []byte) time.Time {
	if len(control) < syscall.SizeofCmsghdr {
		return time.Time{}
	}
	header := (*syscall.Cmsghdr)(unsafe.Pointer(&control[0]))
	if header.Level != syscall.SOL_SOCKET || header.Type != syscall.SO_TIMESTAMPNS {
		return time.Time{}
	}
	at := (*syscall.Timespec)(unsafe.Pointer(&control[syscall.CmsgLen(0)]))
	return time.Unix(at.Sec, at.Nsec)
}
