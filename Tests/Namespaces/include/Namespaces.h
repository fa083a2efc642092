// Sockets in network namespaces that tests make.
// Must not be used by the product.
#pragma once

/// What a socket is for.
enum socket_use {
    socket_listening,
    socket_connected,
    socket_datagrams,
};

/// Opens a socket in a network namespace. The thread is back in its own when this returns.
///
/// - Parameters:
///   - space: a file such as `/proc/PID/ns/net`
///   - address: of the socket itself, or of whom it is connected with; IPv4
/// - Returns: a descriptor; the negative number of the error where there is none
int socket_in_namespace(const char *space, enum socket_use use, const char *address, int port);
