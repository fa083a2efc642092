// Why a connection could not be made or was lost, in words that a person can act on.
// Must not decide what follows from it.

import Glibc
import NIOCore
import SystemPackage

/// An error of the network, for logs and for the operator; never a name of a function.
package struct NetworkReason: CustomStringConvertible {
    package let description: String

    package init(_ error: any Error) {
        description = Self.words(error)
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError:
            return words(errno: error.errnoCode) ?? Errno(rawValue: error.errnoCode).description.lowercased()
        case DialError.timedOut: return "no connection in time"
        case DialError.unknownHost(let host): return "no address is known for \(host)"
        case DialError.noService(let name): return "no server is named by \(name)"
        case DialError.nameServiceFailed(let host): return "no name server says where \(host) is"
        case SocketAddressError.unknown(let host, _): return "no address is known for \(host)"
        case ChannelError.connectTimeout: return "no answer in time"
        case is ChannelError: return "the connection has ended"
        default: return String(describing: error)
        }
    }

    private static func words(errno: CInt) -> String? {
        switch errno {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset"
        case EPIPE: "connection closed by the peer"
        case ETIMEDOUT: "connection timed out"
        case EHOSTUNREACH: "no route to the host"
        case ENETUNREACH: "the network can't be reached"
        case EADDRINUSE: "another program listens there already"
        case EADDRNOTAVAIL: "this machine has no such address"
        case EACCES: "not permitted; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE"
        case EMFILE: "too many open files; raise the limit (ulimit -n, LimitNOFILE=)"
        default: nil
        }
    }
}
