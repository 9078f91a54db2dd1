// Package e2e runs the shipped binary as users do, and calls it with the real AWS SDKs.
//
// Every test starts a server of its own, on a free port and with a data folder of its own. A folder
// whose test failed is kept, with the server's log in it. Set OUTCROP_BIN to test a binary that is
// already built.
package e2e
