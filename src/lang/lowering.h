// The lowering at work.  Private to lower_*.cc.
#ifndef STALEMATE_LANG_LOWERING_H_
#define STALEMATE_LANG_LOWERING_H_

#include "lang/lower.h"

namespace stalemate::lang {

class Lowering {
 public:
  Lowering(const Unit& unit, const Configuration& configuration, const Checked& checked,
           Diagnostics& diagnostics)
      : unit_(unit),
        configuration_(configuration),
        checked_(checked),
        types_(checked.types),
        diagnostics_(diagnostics) {}

  std::optional<ir::Program> run();

 private:
  // Thrown after an error was reported: this process, rule or property is given up.
  struct Bail {};
  using Continuation = std::function<std::vector<Alternative>(Alternative)>;

  struct Frame;
  // Where code of the current process goes when a step traps.
  struct OnClause {
    const Decl* trap = nullptr;
    const Stmt* handler = nullptr;
    Env env;
    const OnClause* outer = nullptr;
    const Frame* frame = nullptr;  // of the code that the clause stands in
  };
  // The function being inlined.
  struct Frame {
    const Decl* fn = nullptr;
    int return_node = -1;
    std::optional<PlaceRef> destination;
    Span call = {};
    const Frame* caller = nullptr;
  };
  // What is being lowered.
  struct Current {
    int cpu = -1;
    int process = -1;     // -1: a rule
    ir::ExprRef were_on;  // irqs_were_on; null outside handlers
    const OnClause* on = nullptr;
    const Frame* frame = nullptr;
    int break_node = -1, continue_node = -1;
    int loop_depth = 0;
    std::set<const Decl*> traps;   // global traps being inlined
    std::set<const Decl*> inside;  // functions with a bound that are being inlined
    ir::Order access = ir::Order::kPlain;
    int watch = -1;  // an observer: the goal that one of its assertions could fail
  };
  // Handler code that a call has built already: the same trap with the same arguments shares it.
  struct TrapEntry {
    const Decl* trap = nullptr;
    std::vector<int> args;
    int entry = -1;
    PlaceRef were_on;
  };
  // How the body of a step ends.
  struct StepEnds {
    std::function<std::vector<Alternative>(Alternative, std::optional<Value>)> returns;
    std::function<std::vector<Alternative>(Alternative, const Stmt&, std::vector<Value>)> raises;
  };

  // lower_program.cc
  void layout();
  void declare_variable(const Decl& d, const std::string& prefix);
  void declare_builtins();
  void declare_properties();
  void declare_reached();
  void lower_threads_and_handlers();
  void lower_thread(const Decl& d, int cpu);
  void lower_handler(const Decl& d, int cpu);
  void lower_rule(const Decl& d);
  void lower_caches();
  void lower_fills(const Decl& d);
  void lower_invariants();
  void lower_leads_to();
  void lower_stuck();  // needs all processes
  int new_process(const std::string& name, int cpu, ir::Role role, int level);
  void add_rule_step(const Decl& d, int cpu, const Env& env, const Text& text, Alternative alt,
                     ir::StepKind kind, const std::string& rule);
  void prune_caches();
  std::string module_of(const Decl& d) const;
  std::string module_here() const;  // of the function being inlined
  std::vector<int> handler_cpus(const Decl& d) const;

  // lower_count.cc
  struct BoundGhost {
    const Decl::Bound* bound = nullptr;
    int property = -1, variable = -1, goal = -1;
  };
  struct CallCount {
    ir::Block enter, leave;
  };
  void declare_counters();
  void declare_bound(const Decl& property, const Decl::Bound& b, int id);
  void size_bounds();
  bool counted(const Decl& event) const;
  bool bounded(const Decl& event) const;
  void count(Alternative& alt, const Decl& event, const std::function<Env(const Observer&)>& bind);
  void count_for(Alternative& alt, const BoundGhost& g, const std::vector<ir::ExprRef>& index,
                 const ir::ExprRef& when);
  CallCount call_count(const Decl& fn);

  // lower_return.cc
  bool unmasks_since(int node, bool certain) const;
  void assume_not_nested(int body);
  bool return_shows(const Alternative& leave, int body) const;
  void return_from(const Decl& d, int body, int exit, Alternative leave, int next);

  // lower_given.cc
  void give_initial_values();
  void require_fit(const Span& span, int v, const ir::Domain& domain);
  void require_elements(const Expr& target, const Env& env);
  void give_initial_value(const Decl& d);
  void give(const Decl& d, const LeafPlace& leaf, const std::vector<ir::ExprRef>& index,
            const ir::ExprRef& value, const std::string& name);
  int constant_of(const ir::ExprRef& e, const Span& span, const std::string& what);

  // lower_expr.cc
  Value expr(const Expr& e, const Env& env);
  ir::ExprRef scalar(const Expr& e, const Env& env);
  Value converted(Value v, const Type* to);
  Value name_value(const Expr& e, const Env& env);
  Value binary_value(const Expr& e, const Env& env);
  std::vector<Env> each_value(const Expr& quantifier, const Env& env);
  Value quantifier_value(const Expr& e, const Env& env);
  Value element_of(const Value& base, const Value& at, const Type* type);
  Value literal_value(const Expr& e, const Env& env);
  ir::ExprRef equality(const Value& a, const Value& b);
  bool is_missing_cpu(const Expr& e) const;
  ir::ExprRef member_of(const Expr& element, const Expr& set, const Env& env);
  std::optional<PlaceRef> place(const Expr& e, const Env& env);
  PlaceRef index_place(PlaceRef base, const ir::ExprRef& index, const std::string& shown);
  ir::ExprRef constant_index(const PlaceRef& base, const ir::ExprRef& index);
  PlaceRef field_place(const PlaceRef& base, const std::string& field, const Type* type);
  ir::ExprRef length_of(const PlaceRef& queue);
  Value read_place(const PlaceRef& p);
  Value zero(const Type* t);
  std::vector<std::vector<int>> all_values(const Type* t);
  std::vector<std::vector<int>> combinations(const std::vector<ir::Domain>& domains,
                                             const Span& span);
  int copy_variable(const Decl& cache);
  bool is_local(const Value& v) const;  // reads nothing but this process's locals
  bool is_local(const ir::ExprRef& e) const;
  bool is_fixed(const Value& v) const;  // reads nothing at all
  ir::Text text(const Text& t, const Env& env);
  ir::Text plain_text(std::string s) const;
  std::string static_text(const ir::Text& t) const;
  std::string short_place(const Span& span) const;
  std::string snippet(const Span& span) const;
  ir::Text source_text(const Span& span, const Env& env) const;

  // lower_fit.cc
  struct Range {
    long lo, hi;
  };
  Range range_of(const ir::ExprRef& e, const ir::Domain& from) const;
  void narrow(Alternative& alt, const Value& v, const Type* to, const Span& span);
  void narrow_scalar(Alternative& alt, const ir::ExprRef& x, const ir::Domain& from,
                     const Leaf& into, bool refuse, const Span& span);
  void require_members(Alternative& alt, const PlaceRef& to, const Value& v, const Span& span);
  bool may_miss(const ir::ExprRef& index, const Type* type, const ir::Domain& domain) const;
  ir::ExprRef miss(const ir::ExprRef& index, const ir::Domain& domain, const std::string& what);
  ir::ExprRef within_queue(const ir::ExprRef& index, const ir::ExprRef& length);
  bool is_witness(int variable) const;
  std::string domain_name(const ir::Domain& domain) const;

  // lower_atomic.cc
  using Stmts = std::vector<StmtPtr>;
  std::vector<Alternative> sequence(const Stmts& list, std::size_t i, Alternative alt,
                                    const StepEnds& ends, const Continuation& then);
  std::vector<Alternative> statement(const Stmt& s, Alternative alt, const StepEnds& ends,
                                     const Continuation& then);
  std::vector<Alternative> atomic_if(const Stmt& s, Alternative alt, const StepEnds& ends,
                                     const Continuation& then);
  std::vector<Alternative> atomic_branch(const Stmt& s, const ir::ExprRef& c, Alternative alt,
                                         const StepEnds& ends, const Continuation& then);
  std::vector<Alternative> atomic_for(const Stmt& s, Alternative alt, const StepEnds& ends,
                                      const Continuation& then);
  std::vector<Alternative> atomic_use(
      const Expr& e, Alternative alt,
      const std::function<std::vector<Alternative>(Alternative, Value)>& then);
  ir::ExprRef without_copies(const ir::ExprRef& e) const;
  ir::ExprRef before_fills(const Alternative& alt, const ir::ExprRef& e) const;
  ir::ExprRef gate(const Decl& cache, const Env& env);
  bool is_single(int variable) const;
  bool asks_single(const ir::ExprRef& e) const;
  bool monotone(const ir::ExprRef& e, bool positive) const;
  std::vector<Alternative> atomic_choose(const Stmt& s, Alternative alt, const Continuation& then);
  std::vector<Alternative> atomic_rhs(
      const Expr& e, Alternative alt, const StepEnds& ends,
      const std::function<std::vector<Alternative>(Alternative, Value)>& then);
  std::vector<Alternative> atomic_call(
      const Expr& call, Alternative alt, const StepEnds& ends,
      const std::function<std::vector<Alternative>(Alternative, Value)>& then);
  std::vector<Alternative> body_of(
      const Decl& d, const std::vector<Binding>& args, Alternative alt, const StepEnds& ends,
      const std::function<std::vector<Alternative>(Alternative, Value)>& then);
  void assign(Alternative& alt, const PlaceRef& to, const Value& v, const Span& span);
  void drop(Alternative& alt, const Expr& target);
  void protect_indices(Alternative& alt, PlaceRef& place, const std::function<bool(int)>& written);
  void protect_aliases(Alternative& alt, const std::function<bool(int)>& written);
  void protect_aliases(Alternative& alt, const std::set<int>& written);
  void protect_all_aliases(Alternative& alt);
  bool changeable(int variable) const;
  bool reads_changeable(const Value& v) const;
  void add_guard(Alternative& alt, const ir::ExprRef& g, const Span& span);
  void label(Alternative& alt, const Name& name);
  void reach(ir::Block& body, const Decl& d) const;
  bool observed(const Decl& event) const;
  void observe(Alternative& alt, const Decl& event, const std::vector<Binding>& args,
               const std::optional<Value>& result);
  void hook(Alternative& alt, const std::string& which);
  void check_accesses(const Alternative& alt, const Span& span);
  ir::Stmt assertion(const Stmt& s, const Env& env);

  // lower_points.cc
  std::optional<bool> known(const Expr& e, const Env& env);
  ir::ExprRef could_fail(const Expr& e, bool wanted, const Env& env);
  bool in_model(const Span& span) const;
  int point(ir::Goal::Kind kind, const Span& span, const std::string& name);
  int goal_of_turns();
  ir::Block arm(const Stmts& statements, const std::string& name);
  int node_of_arm(const Stmts& statements, const std::string& name, int body);
  std::string name_of_if(const Stmt& s) const;
  std::string name_of_else(const Stmt& s) const;
  std::string name_of_alternative(const Stmts& option) const;
  ir::Block judged(const Stmt& s, const Env& env);
  ir::Block delivery(const Decl& handler);
  void drop_unused_points();
  Binding argument(const Decl& callee, std::size_t i, const Expr& e, const Env& env);

  // lower_control.cc
  int new_node(const std::string& name = {}, const Span& span = {});
  void block(const Stmts& list, int at, int next, Env& env);
  void control(const Stmt& s, int at, int next, Env& env);
  void control_if(const Stmt& s, int at, int next, Env& env);
  void control_while(const Stmt& s, int at, int next, Env& env);
  void control_for(const Stmt& s, int at, int next, Env& env);
  void control_let(const Stmt& s, int at, int next, Env& env);
  void control_assign(const Stmt& s, int at, int next, Env& env);
  void control_return(const Stmt& s, int at, Env& env);
  void control_choose(const Stmt& s, int at, int next, Env& env);
  void control_await(const Stmt& s, int at, int next, Env& env);
  void control_rhs(const Stmt& s, const Expr& e, const PlaceRef& to, int at, int next, Env& env);
  void call(const Stmt& s, const Expr& e, const std::optional<PlaceRef>& to, int at, int next,
            Env& env);
  int take_argument(const Stmt& s, const Param& param, const Expr& e, Binding& b, bool keep, int at,
                    const Env& env);
  int capture_indices(const Stmt& s, PlaceRef& place, int at, const Env& env);
  void call_step(const Stmt& s, const Expr& e, const std::optional<PlaceRef>& to, int at, int next,
                 Env& env);
  void call_fn(const Stmt& s, const Decl& fn, std::vector<Binding> args,
               const std::optional<PlaceRef>& to, int at, int next);
  void call_value(const Stmt& s, const Expr& e, int at, int next, Env& env);
  void atomic_edge(const Stmt& s, int at, Env& env,
                   const std::function<std::vector<Alternative>(Alternative)>& build);
  void add_edges(int at, const std::string& name, ir::Text text,
                 const std::vector<Alternative>& alts, const Span& span, const std::string& module);
  std::vector<Alternative> trap_to(Alternative alt, const Stmt& step, const Stmt& raise,
                                   std::vector<Value> args, int retry, int resume,
                                   std::vector<TrapEntry>& built);
  void branch(int at, const ir::ExprRef& condition, int yes, int no, const Span& span,
              const ir::Text& shown);
  void silent(int at, ir::Block code, int next);
  struct Assigned;
  std::vector<Edge> entry_edges(int node, int first, const Span& span);
  std::vector<Edge> edges_of_code(const ir::Block& code, int first, Assigned assigned,
                                  ir::Block before, const ir::ExprRef& when, const Span& span);
  PlaceRef new_local(const Type* t, const std::string& name);
  int new_local_scalar(const ir::Domain& domain, const std::string& name);
  int new_local_variable(const std::vector<ir::Domain>& dims, ir::Domain domain,
                         const std::string& name);

  // lower_finish.cc
  void finish_process(int process, int entry);
  std::map<int, int> endless_loops(const std::vector<int>& points) const;
  void run_at_start(int& node);
  long evaluate_init(const ir::ExprRef& e);
  ir::Value* init_slot(int variable, const std::vector<ir::ExprRef>& index);
  bool is_arm(const ir::Stmt& s) const;
  void execute_init(const ir::Block& b, int& target);
  ir::Block resolve(const ir::Block& b, std::vector<int>& path);
  void reset_dead(ir::Block& b, const std::set<int>& maybe_live);
  std::set<int> live_before(const ir::Block& b, std::set<int> after) const;
  void add_reads(const ir::ExprRef& e, std::set<int>& out) const;

  static constexpr long kMaxWork = 5'000'000;  // expressions lowered and values enumerated
  void spend(long work, const Span& span);

  const Unit& unit_;
  const Configuration& configuration_;
  const Checked& checked_;
  const Types& types_;
  Diagnostics& diagnostics_;
  ir::Program program_;
  Current now_;
  std::map<const Decl*, std::vector<int>> variables_;  // IR variable of each leaf
  std::map<ir::ExprRef, ir::Domain> chosen_;           // choices, and what they are made from
  int loops_in_steps_ = 0;
  std::map<std::string, int> witnesses_;              // of miss(), by name
  std::map<const Decl*, int> copies_;                 // held bits of each cache referred to
  std::set<const Decl*> used_caches_;                 // caches that something depends on
  std::map<std::pair<int, int>, const Decl*> given_;  // `init` of an element of an IR variable
  std::map<const Decl*, int> property_of_;
  std::map<const Observer*, int> watch_of_;  // the goal that it happens; the next one is that an
                                             // assertion of it could fail
  std::map<std::pair<ir::Goal::Kind, std::uint32_t>, int> points_;  // goals, by place in the model
  int turn_ = -1;  // the goal that an endless loop turns
  std::map<const Decl*, int> counter_of_;
  std::vector<BoundGhost> bounds_;
  std::map<std::string, int> goal_of_;  // named covers and goals
  std::vector<const Decl*> active_properties_;
  int assertions_ = -1;  // property of plain assertions
  int irqs_on_ = -1;
  std::vector<Node> nodes_;
  std::vector<int> locals_of_process_;  // IR variables local to the current process
  std::vector<ir::Step> environment_, threads_;
  std::map<int, std::set<int>> live_in_;  // locals that matter at a node
  std::map<int, int> location_of_;        // number of each visible node
  std::set<std::string> local_names_;
  std::set<int> mutable_locals_;  // homes of `var` locals
  int call_depth_ = 0;
  int silent_depth_ = 0;
  static constexpr int kMaxStepLength = 1000;
  static constexpr std::size_t kMaxAlternatives = 4096;
  int statement_depth_ = 0;
  struct Deeper {
    explicit Deeper(int& d) : depth(d) { ++depth; }
    ~Deeper() { --depth; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    int& depth;
  };
  std::map<const Decl*, int> reach_;  // goals of "reaches STEP"
  std::set<int> taken_at_start_;      // arms that the code before the first step goes
  long work_ = 0;
  bool exhausted_ = false;
};

// The template of a `shows`: "{,1}" becomes ",{1}", or nothing where index 1 has one value only.
std::string index_template(const std::string& shows, const std::vector<ir::Domain>& dims);

// Index expressions of the n-th element of these dims.
std::vector<ir::ExprRef> nth_index(const std::vector<ir::Domain>& dims, int n);

// The name, or the name with a number, that no choice of the list has.
std::string fresh_choice(const std::string& name, const std::vector<ir::Choice>& choices);

// A call of a fn, a step, a function value or a method, not of a def.
bool is_code_call(const Expr& e);

// Makes the marks of turns of loops that are so deep (from 1 on) reach the goal, and takes the
// others out of the code.
void settle_turns(ir::Block& b, int depth, int goal);

// The goal is reached where the condition holds.
ir::Stmt cover(int goal, ir::ExprRef condition, const Span& span);

// A pseudo statement of the lowering: go to a node.
ir::Stmt jump(int node);
bool is_jump(const ir::Stmt& s);

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_LOWERING_H_
