// Package shop has a sign-up that sends a code by mail.
package shop

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net"
	"net/smtp"
	"os"
	"sync"
)

// Shop remembers the codes it has sent.
type Shop struct {
	mutex sync.Mutex
	codes map[string]string
}

// New returns a shop that nobody has signed up with.
func New() *Shop {
	return &Shop{codes: map[string]string{}}
}

// SignUp sends a code to the address.
func (shop *Shop) SignUp(address string) error {
	number, err := rand.Int(rand.Reader, big.NewInt(1000000))
	if err != nil {
		return err
	}
	code := fmt.Sprintf("%06d", number)
	shop.mutex.Lock()
	shop.codes[address] = code
	shop.mutex.Unlock()
	mail := "From: shop@example.com\r\nTo: " + address + "\r\nSubject: Welcome to the shop\r\n\r\n" +
		"Your verification code is " + code + ".\r\n"
	server := net.JoinHostPort(os.Getenv("SMTP_HOST"), os.Getenv("SMTP_PORT"))
	return smtp.SendMail(server, nil, "shop@example.com", []string{address}, []byte(mail))
}

// Confirm tells whether this code was sent to the address.
func (shop *Shop) Confirm(address, code string) bool {
	shop.mutex.Lock()
	defer shop.mutex.Unlock()
	sent, known := shop.codes[address]
	return known && code == sent
}
