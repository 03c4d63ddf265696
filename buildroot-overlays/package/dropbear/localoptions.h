/* Key exchange is Curve25519's, alone and with a post-quantum one, and Diffie-Hellman's: no curves of NIST's. ECDSA stays, for
   users have such keys; the guest has no such host key. */
#define DROPBEAR_ECDH 0
