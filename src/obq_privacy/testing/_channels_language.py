"""Accidental channels of the language and of looking inside.

`v` is the value under attack, `u` another one of the same kind whose content is that of the first world, and `raw`
that content. One line is one channel.
"""

from __future__ import annotations

TEXT = r"""
str(v)
str(v, "utf-8")
repr(v)
ascii(v)
format(v)
format(v, "")
format(v, ">10")
format(v, "s")
format(v, "d")
format(v, "x")
format(v, ".2f")
format(v, "%Y")
f"{v}"
f"{v!s}"
f"{v!r}"
f"{v!a}"
f"{v=}"
f"{v:>40}"
f"{v:{10}}"
f"{[v]}"
f"{'':{v}}"
"%s" % v
"%r" % v
"%a" % v
"%d" % v
"%x" % v
"%c" % v
"%f" % v
"%(v)s" % {"v": v}
"%s %s" % (v, v)
"%*d" % (v, 1)
"%" % v
b"%s" % v
b"%b" % v
b"%a" % v
"{}".format(v)
"{!r}".format(v)
"{:>20}".format(v)
"{0.label}".format(v)
"{0._payload}".format(v)
"{0[0]}".format(v)
"{v}".format_map({"v": v})
"".join([v])
", ".join(v)
b"".join([v])
b"".join(v)
"a" + v
v + "a"
v + v
v * 2
2 * v
v % ()
v % "a"
"a".replace("a", v)
"a".replace(v, "b")
"abc".startswith(v)
"abc".startswith((v,))
"abc".endswith(v)
"abc".find(v)
"abc".count(v)
"abc".index(v)
"abc".split(v)
"abc".partition(v)
"abc".strip(v)
"abc".ljust(v)
"abc".center(10, v)
"abc".translate(v)
"abc".translate({97: v})
"abc".encode(v)
b"abc".decode(v)
"abc".removeprefix(v)
str.upper(v)
str.__len__(v)
str.__str__(v)
str.encode(v)
bytes.hex(v)
raw in v
v in raw
raw == v
v == raw
raw != v
raw < v
raw.startswith(v)
"""

NUMBERS = r"""
bytes(v)
bytes([v])
bytearray(v)
bytearray([v])
bytearray(b"a").extend(v)
memoryview(v)
int(v)
int(v, 16)
int("1", v)
int.from_bytes(v, "big")
float(v)
complex(v)
complex(0, v)
bool(v)
not v
v and 1
v or 1
1 if v else 2
while v: break
assert v
if v: out = 1
any([v])
all([v])
list(filter(None, [v]))
v.__bool__()
v.__len__()
len(v)
v.__index__()
operator.index(v)
operator.length_hint(v)
operator.truth(v)
round(v)
round(v, 1)
round(1.5, v)
abs(v)
divmod(v, 2)
divmod(2, v)
pow(v, 2)
pow(2, v)
pow(2, 3, v)
hex(v)
oct(v)
bin(v)
chr(v)
ord(v)
range(v)
slice(v)
sum([v])
sum([v], v)
max(v)
max(v, u)
max([v, u])
min(v, u)
min([v], default=1)
sorted([v, u])
sorted(v)
sorted([u, v], key=lambda one: one)
math.floor(v)
math.ceil(v)
math.trunc(v)
math.sqrt(v)
math.fsum([v])
math.prod([v])
math.isclose(v, v)
math.gcd(v)
cmath.sqrt(v)
statistics.mean([v])
statistics.mode([v])
statistics.multimode([v, u])
fractions.Fraction(v)
decimal.Decimal(v)
random.seed(v)
random.Random().shuffle(v)
random.choice(v)
random.sample(v, 1)
random.choices([1, 2], weights=[v, 1])
datetime.date.fromisoformat(v)
datetime.datetime.fromtimestamp(v)
datetime.timedelta(days=v)
datetime.date(2000, 1, 1) + v
uuid.UUID(v)
uuid.uuid5(uuid.NAMESPACE_DNS, v)
ipaddress.ip_address(v)
time.sleep(v)
v - 1
1 - v
v / 2
v // 2
v % 2
v ** 2
v @ v
v << 1
v >> 1
v & 1
v | 1
v ^ 1
~v
-v
+v
v += 1; out = v
v -= 1; out = v
v *= 2; out = v
v |= 1; out = v
x = "a"; x += v; out = x
x = []; x += v; out = x
x = set(); x |= v; out = x
x = {}; x |= v; out = x
x = [v]; x *= 2; out = x
"""

COMPARISON = r"""
v == u
v != u
v == v
v is v
v is u
v == None
v is None
None == v
v == 1
1 == v
v < u
v <= u
v > u
v >= u
v < 1
1 < v
not v == u
v.__eq__(u)
v.__ne__(u)
v.__lt__(u)
type(v).__eq__(v, u)
object.__eq__(v, u)
object.__ne__(v, u)
object.__lt__(v, u)
operator.eq(v, u)
operator.ne(v, u)
operator.lt(v, u)
operator.is_(v, u)
operator.contains([u], v)
operator.countOf([u], v)
operator.indexOf([u], v)
(v,) == (u,)
[v] == [u]
[v] < [u]
{"a": v} == {"a": u}
(v,) == (v,)
v in [u]
v in [v]
v in (u, 1)
v in {1: 2}
v in {1, 2}
[u].index(v)
[u].count(v)
x = [u]; x.remove(v); out = x
hash(v)
v.__hash__()
hash((v,))
hash(frozenset([1])) and {v}
{v}
{v: 1}
{1: 2}[v]
{1: 2}.get(v)
{}.setdefault(v, 1)
dict.fromkeys([v])
dict([(v, 1)])
dict(v)
dict(**v)
set([v])
set(v)
frozenset([v])
collections.Counter([v])
collections.OrderedDict([(v, 1)])
collections.OrderedDict(a=v) == collections.OrderedDict(a=u)
collections.deque([v]) == collections.deque([u])
collections.deque([v]).count(u)
collections.ChainMap({"a": v})
collections.UserString(v)
collections.UserList(v)
collections.UserDict(v)
collections.defaultdict(lambda: v)["a"]
types.SimpleNamespace(a=v) == types.SimpleNamespace(a=u)
types.SimpleNamespace(a=v)
types.MappingProxyType({"a": v})
array.array("b", v)
array.array("b", [v])
array.array("u", v)
heapq.heapify([v, u])
heapq.nsmallest(1, [v, u])
bisect.bisect([u], v)
list(itertools.groupby([v, u]))
list(itertools.chain(v))
list(itertools.islice(v, 1))
list(itertools.repeat(1, v))
list(itertools.accumulate([v, u]))
list(itertools.product(v))
functools.reduce(operator.add, [v, v])
functools.lru_cache(lambda one: 1)(v)
functools.cmp_to_key(lambda a, b: a < b)(v) < functools.cmp_to_key(lambda a, b: a < b)(u)
functools.partial(print, v)
functools.singledispatch(lambda one: 1)(v)
queue.PriorityQueue().put(v)
x = queue.PriorityQueue(); x.put((1, v)); x.put((1, u)); out = x.get()
weakref.ref(v) and 1
weakref.WeakSet([v])
weakref.WeakKeyDictionary({})[v]
secrets.compare_digest(v, u)
hmac.compare_digest(v, raw)
matched(v)
matched_by_position(v)
matched_by_value(v, raw)
"""

ITERATION = r"""
iter(v)
iter(v, 1)
next(v)
next(iter([v]))
list(v)
tuple(v)
[*v]
(*v,)
{*v}
{**v}
print(*v)
print(**v)
a, b = v
a, *b = v
for x in v: print(x)
[x for x in v]
{x for x in v}
list(x for x in v)
list(map(str, [v]))
list(map(str, v))
list(zip(v))
list(zip([v], v))
list(enumerate(v))
list(reversed(v))
list(filter(str, [v]))
v[0]
v[0:2]
v["a"]
v[v]
[1, 2][v]
"abc"[v]
"abc"[:v]
v[0] = 1
del v[0]
v.__getitem__(0)
v.__iter__()
v.__contains__("a")
v()
v.__call__()
with v: pass
awaited(v)
async_for(v)
x = [1]; x.extend(v); out = x
x = [1]; x[:] = v; out = x
x = {1}; x.update(v); out = x
x = {}; x.update(v); out = x
x = set(); x.add(v); out = x
x = {1}; x.discard(v); out = x
@v\ndef f(): pass
class X(v): pass
class X(type(v)): pass
class X(metaclass=v): pass
raise v
raise ValueError from v
"""

INSIDE = r"""
vars(v)
v.__dict__
v.__slots__
v.__weakref__
v.__module__
v.__doc__
v.__match_args__
v.__annotations__
v.__class__
v.__class__ = str
v.__dict__ = {}
v.value
v._value
v.payload
v._payload
v.content
v.get_secret_value()
v.x = 1
del v._keeper
setattr(v, "_payload", raw)
delattr(v, "_payload")
object.__getattribute__(v, "_payload")
getattr(v, "_payload", None)
hasattr(v, "_payload")
getattr(v, raw[:1], None)
getattr(raw, v)
setattr(raw, v, 1)
attributes(v)
descriptors(v)
reachable(v)
dir(v)
dir(type(v))
object.__dir__(v)
object.__str__(v)
object.__format__(v, "")
object.__format__(v, "s")
object.__getstate__(v)
default_getstate(v)
v.__getstate__()
v.__setstate__({})
v.__sizeof__()
sys.getsizeof(v)
inspect.getmembers(v)
inspect.getmembers_static(v)
inspect.getattr_static(v, "_payload")
inspect.signature(v)
inspect.getdoc(v)
inspect.getsource(v)
inspect.isawaitable(v)
inspect.signature(lambda x=v: x)
inspect.signature(type(v))
inspect.formatannotation(v)
inspect.getclosurevars(lambda: v)
inspect.getinnerframes(None)
inspect.unwrap(v)
typing.get_type_hints(v)
typing.get_type_hints(type(v))
typing.get_args(v)
typing.Annotated[int, v]
typing.Literal[v]
typing.cast(v, 1)
typing.Union[v, int]
type(v)
type(v).__new__(type(v))
type(v).__new__(type(v), raw)
type(v)(v)
type(v)("other")
object.__new__(type(v))
type(v).__init__(v)
type(v).__subclasses__()
type(v).__mro__
isinstance(v, str)
isinstance(1, v)
issubclass(v, int)
issubclass(int, v)
callable(v)
eval(v)
exec(v)
compile(v, "file", "eval")
__import__(v)
ast.literal_eval(v)
ast.literal_eval(repr(v))
eval(repr(v), {})
ast.Constant(v)
ast.dump(ast.Constant(v))
ast.unparse(ast.Constant(v))
operator.attrgetter("_payload")(v)
operator.itemgetter(0)(v)
operator.methodcaller("__str__")(v)
operator.methodcaller("__getstate__")(v)
copy.copy(v)
copy.deepcopy(v)
copy.copy([v])
copy.deepcopy({"a": [v]})
replaced(v)
v.__copy__()
v.__deepcopy__({})
v.__reduce__()
v.__reduce_ex__(2)
object.__reduce__(v)
object.__reduce_ex__(v, 0)
object.__reduce_ex__(v, 1)
object.__reduce_ex__(v, 2)
object.__reduce_ex__(v, 4)
copyreg.__reduce_ex__(v, 0)
copyreg._reduce_ex(v, 1)
copyreg._slotnames(type(v))
copyreg.__newobj__(type(v))
copyreg.__newobj_ex__(type(v), (raw,), {})
sys.intern(v)
sys.__displayhook__(v)
sys.exit(v)
raise SystemExit(v)
sys.audit("channel", v)
sys.__excepthook__(ValueError, ValueError(v), None)
unraisable(v)
gc.is_tracked(v)
"""

LANGUAGE = {
    "text": TEXT,
    "numbers": NUMBERS,
    "comparison": COMPARISON,
    "iteration": ITERATION,
    "inside": INSIDE,
}
