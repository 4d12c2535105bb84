// TotalView-ITCH 5.0, all of it: types, messages, codec.
#pragma once

#include <lln/feed/itch_admin_messages.hpp>
#include <lln/feed/itch_codec.hpp>
#include <lln/feed/itch_order_messages.hpp>
#include <lln/feed/itch_trade_messages.hpp>
#include <lln/feed/itch_types.hpp>
