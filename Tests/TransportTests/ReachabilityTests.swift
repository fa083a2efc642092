// Who is tried last because he did not answer, and who finds out whether he does again.

import NIOCore
import Testing

@testable import Transport

@Suite("Reachability")
struct ReachabilityTests {
    private let a = Endpoint.host("a", port: 1)
    private let b = Endpoint.host("b", port: 1)
    private let c = Endpoint.socket(path: "/c")
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test("one that did not answer is last, until its time is over or it has answered") func last() {
        let reachability = Reachability(pause: .seconds(30))
        #expect(reachability.sorted([a, b, c], at: start) == [a, b, c])
        reachability.failed(a, at: start)
        #expect(reachability.sorted([a, b, c], at: start + .seconds(29)) == [b, c, a])
        reachability.answered(a)
        #expect(reachability.sorted([a, b, c], at: start + .seconds(29)) == [a, b, c])
    }

    @Test("where nobody has answered all are tried, in their order") func all() {
        let reachability = Reachability()
        for place in [c, a, b] { reachability.failed(place, at: start) }
        #expect(reachability.sorted([a, b, c], at: start) == [a, b, c])
        #expect(reachability.sorted([a], at: start) == [a])
    }

    @Test("when its time is over one finds out, and the others don't wait for him") func one() {
        let reachability = Reachability(pause: .seconds(30))
        reachability.failed(a, at: start)
        let later = start + .seconds(30)
        #expect(reachability.sorted([a, b], at: later) == [a, b])
        #expect(reachability.sorted([a, b], at: later) == [b, a])
        reachability.failed(a, at: later)
        #expect(reachability.sorted([a, b], at: later + .seconds(29)) == [b, a])
        // Who was to find out has gone.
        #expect(reachability.sorted([a, b], at: later + .seconds(30)) == [a, b])
    }

    @Test("it remembers so many, and forgets those whose time is over") func bounds() {
        let reachability = Reachability(pause: .seconds(30), most: 2)
        for place in [a, b, c] { reachability.failed(place, at: start) }
        #expect(reachability.sorted([a, b, c], at: start) == [c, a, b])
        reachability.failed(c, at: start + .seconds(31))
        #expect(reachability.sorted([c, a, b], at: start + .seconds(31)) == [a, b, c])
    }

    @Test(
        "families take turns, and the first stays first",
        arguments: [
            ("a b c", "a b c"), ("a b 1", "a 1 b"), ("1 a b c", "1 a b c"), ("a b c 1 2", "a 1 b 2 c"),
            ("1 2 3 a", "1 a 2 3"), ("", ""),
        ]
    )
    func families(_ found: String, _ tried: String) throws {
        /// Letters are of IPv6, digits of IPv4.
        func addresses(_ text: String) throws -> [SocketAddress] {
            try text.split(separator: " ").map { word in
                try SocketAddress(ipAddress: Int(word) == nil ? "2001:db8::\(word)" : "192.0.2.\(word)", port: 1)
            }
        }
        #expect(try addresses(found).interleaved == addresses(tried))
    }
}
