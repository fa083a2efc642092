// Errors of the network in words.

import Glibc
import NIOCore
import Testing

@testable import Transport

@Suite struct NetworkReasonTests {
    /// A log said "connection reset (error set): Connection refused) (errno: 111)".
    @Test(arguments: [
        (ECONNREFUSED, "connection refused"), (EADDRINUSE, "another program listens there already"),
        (EHOSTUNREACH, "no route to the host"),
        // Those that have no words here have the system's, and nothing of the call.
        (ENOENT, "no such file or directory"), (ENAMETOOLONG, "file name too long"),
    ])
    func errorsOfTheSystem(_ number: CInt, _ words: String) {
        #expect(NetworkReason(IOError(errnoCode: number, reason: "connect")).description == words)
    }

    @Test func noConnectionInTime() {
        #expect(NetworkReason(DialError.timedOut).description == "no connection in time")
    }

    /// A log said "SocketAddressError.UnknownHost: Name or service not known (error -2) for host …".
    @Test func namesWithoutAddress() {
        let reason = NetworkReason(DialError.unknownHost("nowhere.invalid"))
        #expect(reason.description == "no address is known for nowhere.invalid")
    }

    /// A log said "no address is known for …" of a name that has one, as long as the name server was down.
    @Test func nameServersThatAreGone() {
        let reason = NetworkReason(DialError.nameServiceFailed("pop.example.com"))
        #expect(reason.description == "no name server says where pop.example.com is")
    }
}
