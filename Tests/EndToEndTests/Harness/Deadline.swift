// Waiting for something that another process does.
// Must not be used where a reply or an exit can be awaited.

import Foundation

/// Waits until `condition` has a value; asks again every few milliseconds.
///
/// - Throws: `TooLate` after `seconds`, and not before it has asked often: beside a thousand other tests it seldom gets
///   its turn.
func eventually<Value>(
    _ what: String,
    within seconds: Double = 60,
    _ condition: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(seconds)
    var asked = 0
    while true {
        if let value = try await condition() { return value }
        asked += 1
        guard clock.now < deadline || asked < 200 else { throw TooLate(what: what) }
        try await Task.sleep(for: .milliseconds(25))
    }
}

/// The same for something that is true or not.
func eventually(_ what: String, within seconds: Double = 60, _ condition: () async throws -> Bool) async throws {
    let _: Bool = try await eventually(what, within: seconds) { try await condition() ? true : nil }
}

/// Waits until `value` is not zero and has not changed for some seconds.
func settled(_ what: String, _ value: () throws -> Int) async throws {
    let clock = ContinuousClock()
    var before = 0
    var since = clock.now
    try await eventually("\(what) settles") {
        let now = try value()
        if now != before || now == 0 { since = clock.now }
        before = now
        return clock.now - since > .seconds(3)
    }
}

struct TooLate: Error, CustomStringConvertible {
    let what: String
    var description: String { "waited in vain: \(what)" }
}
