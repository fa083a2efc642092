// Which upstream a user's name leads to.
// Must not dial anything.

import Relay
import Testing

@Suite struct RouteTests {
    @Test(
        arguments: [
            ("*", "me@example.com", true), ("*", "", true), ("*@old.example", "me@old.example", true),
            ("*@old.example", "me@OLD.example", true), ("*@old.example", "me@old.example.org", false),
            ("a?c", "abc", true), ("a?c", "ac", false), ("", "a", false), ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false), ("**", "x", true),
        ]
    )
    func globs(_ pattern: String, _ name: String, _ matches: Bool) {
        let route = RelayConfiguration.Route(user: pattern, upstream: "x")
        #expect(route.matches(Array(name.utf8)) == matches)
    }

    @Test func manyStarsDoNotExplode() {
        let pattern = String(repeating: "*a", count: 60) + "b"
        let route = RelayConfiguration.Route(user: pattern, upstream: "x")
        #expect(!route.matches([UInt8](repeating: 0x61, count: 2000)))
    }
}
