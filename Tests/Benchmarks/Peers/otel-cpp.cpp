// OpenTelemetry's propagator in C++, as a peer of codec-bench. Each line of stdin asks for a number of operations.
//
//     c++ -std=c++17 -O2 -I OPENTELEMETRY_CPP/api/include -o otel-cpp otel-cpp.cpp
//
// A line is "extract N" or "inject N". The program answers "done" after the N operations.

#include <array>
#include <iostream>
#include <string>
#include <utility>

#include "opentelemetry/trace/propagation/http_trace_context.h"

namespace context = opentelemetry::context;
namespace nostd = opentelemetry::nostd;
namespace trace = opentelemetry::trace;

// Three headers, which are searched by name. Set() writes into memory that is already allocated.
class Headers : public context::propagation::TextMapCarrier {
   public:
    nostd::string_view Get(nostd::string_view name) const noexcept override {
        for (const auto &header : headers)
            if (name == header.first) return header.second;
        return "";
    }

    void Set(nostd::string_view name, nostd::string_view value) noexcept override {
        for (auto &header : headers)
            if (name == header.first) header.second.assign(value.data(), value.size());
    }

   private:
    std::array<std::pair<std::string, std::string>, 3> headers{{
        {"tenant", "north"},
        {"content-type", "video/h265"},
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    }};
};

int main() {
    trace::propagation::HttpTraceContext propagator;
    Headers headers;
    context::Context empty;
    context::Context received = propagator.Extract(headers, empty);
    std::string operation;
    long count;
    volatile bool valid = true;
    while (std::cin >> operation >> count) {
        for (long i = 0; i < count; i++) {
            if (operation == "extract") {
                context::Context found = propagator.Extract(headers, empty);
                valid = trace::GetSpan(found)->GetContext().IsValid();
            } else {
                propagator.Inject(headers, received);
            }
        }
        std::cout << (valid ? "done" : "invalid") << std::endl;
    }
}
