// Keys of session tickets: how long they encrypt, how long they open, and that what is gone opens nothing.

import COpenSSL
import Certificates
import Testing

@testable import TLS

@Suite("Keys of session tickets") struct TicketKeysTests {
    private let start = ContinuousClock.now

    @Test("the same for an hour, then another; the old one opens its tickets as long as they count")
    func rotation() throws {
        let keys = TicketKeys()
        let first = try #require(keys.current(start))
        #expect(keys.current(start + .seconds(3599))?.name == first.name)
        #expect(keys.key(named: first.name, start + .seconds(3599))?.isOld == false)
        // Nobody has logged in since: it is old all the same.
        #expect(keys.key(named: first.name, start + .seconds(3600))?.isOld == true)
        let second = try #require(keys.current(start + .seconds(3600)))
        #expect(second.name != first.name && second.cipher != first.cipher && second.mac != first.mac)
        #expect(keys.key(named: first.name, start + .seconds(3601))?.key.cipher == first.cipher)
        #expect(keys.key(named: first.name, start + .seconds(3601))?.isOld == true)
        #expect(keys.key(named: second.name, start + .seconds(3601))?.isOld == false)
        #expect(keys.key(named: first.name, start + .seconds(10_800)) == nil)
        #expect(keys.key(named: [UInt8](repeating: 0, count: 16), start) == nil)
    }

    @Test("no key is kept longer than its tickets count")
    func forgotten() throws {
        let keys = TicketKeys()
        let first = try #require(keys.current(start))
        _ = keys.current(start + .seconds(20_000))
        #expect(keys.key(named: first.name, start) == nil)
    }

    @Test(
        "a ticket of the key before is good, and of none that is gone: then there is a full handshake",
        arguments: [TLS1_2_VERSION, TLS1_3_VERSION]
    )
    func rotationBetweenHandshakes(version: Int32) throws {
        let certificates = TestCertificates.shared
        let (client, server) = (try certificates.client(resumption: true), try certificates.server("rsa"))
        unsafe _ = shim_SSL_CTX_set_max_proto_version(server.handle.pointer, version)
        func isResumed() throws -> Bool {
            let pair = try EnginePair(client: client, server: server)
            let outcomes = pair.handshake()
            #expect(outcomes.client == .complete && outcomes.server == .complete)
            return pair.client.summary.resumed
        }
        #expect(try !isResumed())
        #expect(try isResumed())
        _ = server.ticketKeys.current(start + .seconds(3700))
        #expect(try isResumed())
        #expect(try isResumed())
        _ = server.ticketKeys.current(start + .seconds(20_000))
        #expect(try !isResumed())
        #expect(try isResumed())
    }
}
